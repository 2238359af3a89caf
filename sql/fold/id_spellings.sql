-- One row per contact whose id is not everywhere in its usual spelling, in contacts or in a child row.
-- grain: one row per contact whose id is not everywhere in its usual spelling
-- reads: none
-- kind: kept fold.id_spellings
create table if not exists fold.id_spellings (
    contact_key {{ key_type }} not null,
    contact_id varchar not null
);

comment on table fold.id_spellings is
    'One row per contact whose id is not everywhere in its usual spelling, in contacts or in a child row.';
comment on column fold.id_spellings.contact_key is 'The contact.';
comment on column fold.id_spellings.contact_id is 'The contact, as contacts spell it.'
