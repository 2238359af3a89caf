-- One row per entry of the rejects, the first ones, without what was rejected.
-- grain: one row per entry of the rejects
-- reads: raw.rejects
-- kind: query
select
    table_name,
    file,
    row_number,
    reason
from raw.rejects
order by table_name, file, row_number, reason
limit $samples
