-- grain: one row per batch whose events are in a file
-- reads: none
-- kind: kept ledger.deliveries
create table if not exists ledger.deliveries (
    batch_no bigint not null
);

comment on table ledger.deliveries is 'One row per batch whose events are in a file.';
comment on column ledger.deliveries.batch_no is 'The batch.';
