-- grain: one row per survivor, field or key of a JSON field, and contact of its line that holds another value than the kept one
-- reads: none
-- kind: kept fold.conflicts
create table if not exists fold.conflicts (
    contact_key {{ key_type }} not null,
    field varchar not null,
    json_key varchar,
    kept_value varchar not null,
    kept_from {{ key_type }} not null,
    other_value varchar not null,
    other_from {{ key_type }} not null,
    seq bigint not null
);

comment on table fold.conflicts is
    'One row per survivor, field or key of a JSON field, and contact of its line that holds another value than the kept one.';
comment on column fold.conflicts.contact_key is 'The survivor.';
comment on column fold.conflicts.field is 'The column of contacts.';
comment on column fold.conflicts.json_key is 'The key in its object; null where the field is the column.';
comment on column fold.conflicts.kept_value is
    'The value that counts, as text: of a key its JSON text, or of a map the text of its value.';
comment on column fold.conflicts.kept_from is 'The contact in whose raw row it stood.';
comment on column fold.conflicts.other_value is 'The value that was not taken, spelled the same way.';
comment on column fold.conflicts.other_from is 'The contact in whose raw row that one stood.';
comment on column fold.conflicts.seq is 'The request that brought the two together.';
