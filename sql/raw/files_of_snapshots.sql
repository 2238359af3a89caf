-- One row per snapshot: its file.
-- grain: one row per snapshot
-- reads: raw._cm_snapshots
-- kind: query
select file
from raw._cm_snapshots
