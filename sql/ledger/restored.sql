-- grain: one row per contact that an undo brought back and contacts did not hold
-- reads: none
-- kind: kept ledger.restored
create table if not exists ledger.restored (
    batch_no bigint not null,
    contact_key {{ key_type }} not null,
    version_batch bigint not null,
    columns varchar[] not null,
    target_key {{ key_type }},
    reference_keys map(varchar, {{ key_type }})
);

comment on table ledger.restored is
    'One row per contact that an undo brought back and contacts did not hold: they show its last known row again.';
comment on column ledger.restored.batch_no is 'The batch that brought it back.';
comment on column ledger.restored.contact_key is 'The contact.';
comment on column ledger.restored.version_batch is
    'Which row: the version of ledger.contact_versions that this batch kept (_cm_batch).';
comment on column ledger.restored.columns is 'The columns that contacts had then; any other is null in this row.';
comment on column ledger.restored.target_key is
    'Where its imported pointer leads; null where it has none.';
comment on column ledger.restored.reference_keys is
    'By column with an id of another contact which one it names; null where the settings have no such column.';
