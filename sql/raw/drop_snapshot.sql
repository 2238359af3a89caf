-- The table has no snapshot.
-- reads: none
-- kind: change raw._cm_snapshots
delete from raw._cm_snapshots
where table_name = $table
