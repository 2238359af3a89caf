-- grain: one row per contact, key of a JSON field and contact of its line that holds another value than the kept one
-- reads: none
-- kind: kept fold.json_conflicts
create table if not exists fold.json_conflicts (
    contact_key uuid not null,
    field varchar not null,
    json_key varchar not null,
    kept_value varchar not null,
    kept_from uuid not null,
    other_value varchar not null,
    other_from uuid not null,
    seq bigint not null
);

comment on table fold.json_conflicts is
    'One row per contact, key of a JSON field and contact of its line that holds another value than the kept one.';
comment on column fold.json_conflicts.contact_key is 'The survivor.';
comment on column fold.json_conflicts.field is 'The JSON field.';
comment on column fold.json_conflicts.json_key is 'The key in its object.';
comment on column fold.json_conflicts.kept_value is 'The value that counts: JSON text, or of a map the text of its value.';
comment on column fold.json_conflicts.kept_from is 'The contact in whose raw row it stood.';
comment on column fold.json_conflicts.other_value is 'The value that was not taken, spelled the same way.';
comment on column fold.json_conflicts.other_from is 'The contact in whose raw row that one stood.';
comment on column fold.json_conflicts.seq is 'The request that brought the two together.';
