-- grain: one row per merge that was undone
-- reads: none
-- kind: kept ledger.reversals
create table if not exists ledger.reversals (
    batch_no bigint not null,
    ordinal integer not null,
    seq bigint not null,
    request_id varchar not null,
    retired_key {{ key_type }} not null,
    reversed_at timestamptz not null,
    workspace_id varchar,
    primary_id varchar not null,
    restored_id varchar not null,
    "primary" varchar,
    restored varchar
);

comment on table ledger.reversals is 'One row per merge that was undone.';
comment on column ledger.reversals.batch_no is 'The batch that undid it.';
comment on column ledger.reversals.ordinal is 'Position of the merge within that batch, from 1.';
comment on column ledger.reversals.seq is 'The undone request''s position among all ever processed.';
comment on column ledger.reversals.request_id is 'The undone request.';
comment on column ledger.reversals.retired_key is 'The contact that was merged.';
comment on column ledger.reversals.reversed_at is 'The time of that batch.';
comment on column ledger.reversals.workspace_id is 'The primary''s workspace.';
comment on column ledger.reversals.primary_id is 'The contact that it had been merged into.';
comment on column ledger.reversals.restored_id is 'The contact that was merged.';
comment on column ledger.reversals."primary" is 'The primary after the undo, as JSON; null where it is gone.';
comment on column ledger.reversals.restored is
    'The contact that came back, as JSON; null where it did not, for an imported pointer counts now.';
