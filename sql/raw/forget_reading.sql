-- What a snapshot was read as is not known any more, so that no file counts as read so before.
-- reads: none
-- kind: change raw._cm_snapshots
update raw._cm_snapshots
set read_as = null
where table_name = $table
