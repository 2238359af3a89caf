-- One row per batch and table of the ledger to which it added rows: what seals them.
-- grain: one row per batch and table of the ledger to which it added rows
-- reads: none
-- kind: kept ledger.digests
create table if not exists ledger.digests (
    batch_no bigint not null,
    table_name varchar not null,
    row_count bigint not null,
    column_types map(varchar, varchar) not null,
    digest varchar not null
);

comment on table ledger.digests is 'One row per batch and table of the ledger to which it added rows: what seals them.';
comment on column ledger.digests.batch_no is 'The batch.';
comment on column ledger.digests.table_name is 'The table of the ledger; older versions sealed contact_versions as seen.';
comment on column ledger.digests.row_count is 'Rows that the batch added to it.';
comment on column ledger.digests.column_types is
    'The table''s columns and their types then: a type that was widened since spells a value otherwise.';
comment on column ledger.digests.digest is 'SHA-256 over those rows, whatever their order.';
