-- One row: which version of the tables this file holds, and the id by which outputs name it.
create table if not exists ledger.warehouse (
    version integer not null,
    warehouse_id uuid not null
);

comment on table ledger.warehouse is 'One row: which version of the tables this file holds, and the id by which outputs name it.';
comment on column ledger.warehouse.version is 'Version of the tables.';
comment on column ledger.warehouse.warehouse_id is 'Id of this warehouse.';
