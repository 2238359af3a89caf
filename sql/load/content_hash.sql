-- One row: how many rows a raw table holds, and a hash of these in any order, which changes with the types too.
-- grain: one row
-- reads: raw.{table}
-- kind: query
select
    count(*) as loaded,
    sum(hash(_cm_whole)) as hashed
from raw.{{ table | ident }} as _cm_whole
