-- One row per table of which the warehouse owns the file that was loaded.
-- grain: one row per table
-- reads: none
-- kind: kept raw._cm_snapshots
create table if not exists raw._cm_snapshots (
    table_name varchar,
    file varchar,
    bytes bigint,
    sha256 varchar,
    read_as varchar
);

comment on table raw._cm_snapshots is 'One row per table of which the warehouse owns the file that was loaded.';
comment on column raw._cm_snapshots.table_name is 'The table.';
comment on column raw._cm_snapshots.file is 'The file, inside the folder <warehouse>.raw.';
comment on column raw._cm_snapshots.bytes is 'Its size.';
comment on column raw._cm_snapshots.sha256 is 'Its digest.';
comment on column raw._cm_snapshots.read_as is 'Which of its columns were read as ids, keys and JSON objects.';
