-- One row: which version of the tables this file holds, the id by which outputs name it, and how it is folded.
-- grain: one row
-- reads: none
-- kind: kept ledger.warehouse
create table if not exists ledger.warehouse (
    version integer not null,
    warehouse_id uuid not null,
    json_fields varchar[],
    restored_since bigint
);

comment on table ledger.warehouse is
    'One row: which version of the tables this file holds, the id by which outputs name it, and how it is folded.';
comment on column ledger.warehouse.version is 'Version of the tables.';
comment on column ledger.warehouse.warehouse_id is 'Id of this warehouse.';
comment on column ledger.warehouse.json_fields is
    'The setting json_fields of the last run: columns of contacts that are folded key by key.';
comment on column ledger.warehouse.restored_since is
    'From which batch on contacts of ledger.restored are in force: a full load ended the earlier ones; null is all.';
