-- One row per change of an imported retirement pointer ({{ entity.table }}.{{ entity.merged_into }}); the newest one of a contact
-- counts.
-- grain: one row per change of an imported retirement pointer
-- reads: none
-- kind: kept ledger.imports
create table if not exists ledger.imports (
    batch_no bigint not null,
    contact_key {{ key_type }} not null,
    contact_id varchar not null,
    target_key {{ key_type }},
    target_id varchar,
    workspace_id varchar,
    imported_at timestamptz not null,
    listed boolean
);

comment on table ledger.imports is
    {{ ("One row per change of an imported retirement pointer (" ~ entity.table ~ "." ~ entity.merged_into
        ~ "); the newest one of a contact counts.") | literal }};
comment on column ledger.imports.batch_no is 'The batch that loaded it.';
comment on column ledger.imports.contact_key is 'The contact that was already retired when imported.';
comment on column ledger.imports.contact_id is 'The contact that was already retired when imported, as contacts spelled it.';
comment on column ledger.imports.target_key is 'Where the pointer leads; null where a later export emptied it.';
comment on column ledger.imports.target_id is 'Where the pointer leads, as spelled there.';
comment on column ledger.imports.workspace_id is 'The contact''s workspace.';
comment on column ledger.imports.imported_at is 'The time of that batch.';
comment on column ledger.imports.listed is
    'True where a list of merged ids in the row of the target says so; null where the contact''s own row does.';
