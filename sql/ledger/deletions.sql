-- grain: one row per contact and batch whose export no longer held it
-- reads: none
-- kind: kept ledger.deletions
create table if not exists ledger.deletions (
    batch_no bigint not null,
    contact_key {{ key_type }} not null,
    contact_id varchar not null,
    deleted_at timestamptz not null
);

comment on table ledger.deletions is
    'One row per contact and batch whose export no longer held it, live until then or retired by a list of merged ids.';
comment on column ledger.deletions.batch_no is 'The batch that loaded this export.';
comment on column ledger.deletions.contact_key is 'The contact.';
comment on column ledger.deletions.contact_id is 'The contact, as contacts spelled it.';
comment on column ledger.deletions.deleted_at is 'The time of that batch.';
