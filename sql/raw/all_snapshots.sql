-- One row per snapshot: its table and its file.
-- grain: one row per snapshot
-- reads: raw._cm_snapshots
-- kind: query
select
    table_name,
    file
from raw._cm_snapshots
order by all
