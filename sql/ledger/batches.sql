-- One row per batch: a run or an undo that was committed.
-- grain: one row per batch
-- reads: none
-- kind: kept ledger.batches
create table if not exists ledger.batches (
    batch_no bigint not null,
    batch_id varchar not null,
    kind varchar not null,
    as_of timestamptz not null,
    digest varchar,
    previous_digest varchar,
    allowed varchar[],
    settings varchar,
    event varchar
);

comment on table ledger.batches is 'One row per batch: a run or an undo that was committed.';
comment on column ledger.batches.batch_no is 'Number of the batch, from 1, in the order of the commits.';
comment on column ledger.batches.batch_id is 'The batch as events and responses name it.';
comment on column ledger.batches.kind is 'run or undo.';
comment on column ledger.batches.as_of is 'The time of the batch (--as-of, or the clock when it began).';
comment on column ledger.batches.digest is
    'SHA-256 over the previous digest, this row and the digests of all rows that this batch added to the ledger.';
comment on column ledger.batches.previous_digest is 'The digest of the batch before; null for the first.';
comment on column ledger.batches.allowed is
    'Guards that would have stopped it, and were allowed to pass; null where there was none.';
comment on column ledger.batches.settings is
    'The settings that were in force, as JSON; null for batches of versions that did not record them.';
comment on column ledger.batches.event is 'The word by which its events are named: contact, unless a setting gave another one.';
