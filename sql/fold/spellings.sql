-- One row per contact that contacts spell otherwise than UUIDs are written, or that a child row does.
create table if not exists fold.spellings (
    contact_key uuid not null,
    contact_id varchar not null
);

comment on table fold.spellings is 'One row per contact that contacts spell otherwise than UUIDs are written, or that a child row does.';
comment on column fold.spellings.contact_key is 'The contact.';
comment on column fold.spellings.contact_id is 'The contact, as contacts spell it.'
