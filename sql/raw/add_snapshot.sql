-- Adds the snapshot of a table.
-- grain: one row
-- reads: none
-- kind: insert into raw._cm_snapshots by name
select
    $table as table_name,
    $file as file,
    $bytes as bytes,
    $sha256 as sha256,
    $read_as as read_as
