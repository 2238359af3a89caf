-- One row per snapshot: its table and its file, with the size and digest that it had.
-- grain: one row per snapshot
-- reads: raw._cm_snapshots
-- kind: query
select
    table_name,
    file,
    bytes,
    sha256
from raw._cm_snapshots
order by all
