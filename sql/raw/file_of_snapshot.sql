-- One row: the file of a table's snapshot.
-- grain: one row
-- reads: raw._cm_snapshots
-- kind: query
select file
from raw._cm_snapshots
where table_name = $table
