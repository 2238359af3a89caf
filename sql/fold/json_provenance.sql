-- grain: one row per contact and key of a JSON field whose value came from a retired contact
-- reads: none
-- kind: kept fold.json_provenance
create table if not exists fold.json_provenance (
    contact_key uuid not null,
    field varchar not null,
    json_key varchar not null,
    source_key uuid not null,
    seq bigint not null
);

comment on table fold.json_provenance is 'One row per contact and key of a JSON field whose value came from a retired contact.';
comment on column fold.json_provenance.contact_key is 'The survivor.';
comment on column fold.json_provenance.field is 'The JSON field.';
comment on column fold.json_provenance.json_key is 'The key in its object.';
comment on column fold.json_provenance.source_key is 'The contact in whose raw row the value stood.';
comment on column fold.json_provenance.seq is 'The request that brought it to the survivor.';
