-- grain: one row per survivor and field, or key of a JSON field, whose value came from another place of its line
-- reads: none
-- kind: kept fold.kept
create table if not exists fold.kept (
    contact_key {{ key_type }} not null,
    field varchar not null,
    json_key varchar,
    source_key {{ key_type }} not null,
    seq bigint not null
);

comment on table fold.kept is
    'One row per survivor and field, or key of a JSON field, whose value came from another place of its line.';
comment on column fold.kept.contact_key is 'The survivor.';
comment on column fold.kept.field is 'The column of contacts.';
comment on column fold.kept.json_key is 'The key in its object; null where the field is the column.';
comment on column fold.kept.source_key is 'The contact in whose raw row the value stood.';
comment on column fold.kept.seq is 'The request that brought it to the survivor.';
