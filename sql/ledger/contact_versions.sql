-- One row per contact and batch in which its raw row was needed and differed from the one kept before: the row that merges used.
-- grain: one row per contact and batch in which its raw row was needed and differed from the one kept before
-- reads: none
-- kind: kept ledger.contact_versions
create table if not exists ledger.contact_versions (
    _cm_key {{ key_type }} not null,
    _cm_batch bigint not null
);

comment on table ledger.contact_versions is
    'One row per version of a contact that merges used. The other columns are those that contacts ever had.';
comment on column ledger.contact_versions._cm_key is 'The contact.';
comment on column ledger.contact_versions._cm_batch is 'The batch that kept this row.';
