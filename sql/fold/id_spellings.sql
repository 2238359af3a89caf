-- One row per contact that contacts spell otherwise than UUIDs are written, or that a child row does.
create table if not exists fold.id_spellings (
    contact_key uuid not null,
    contact_id varchar not null
);

comment on table fold.id_spellings is 'One row per contact that contacts spell otherwise than UUIDs are written, or that a child row does.';
comment on column fold.id_spellings.contact_key is 'The contact.';
comment on column fold.id_spellings.contact_id is 'The contact, as contacts spell it.'
