-- grain: one row per field of a live contact whose value came from a retired one
-- reads: fold.kept, fold.redirects, ledger.requests, raw._cm_entity
-- kind: view merged.field_provenance
select
    contacts._cm_id as contact_id,
    concat_ws('.', kept.field, kept.json_key) as field,
    sources.retired_id as source_contact_id,
    requests.request_id
from fold.kept as kept
inner join raw._cm_entity as contacts on contacts._cm_key = kept.contact_key
anti join fold.redirects as owners on owners.retired_key = kept.contact_key
inner join fold.redirects as sources on sources.retired_key = kept.source_key
inner join ledger.requests as requests on requests.seq = kept.seq;

comment on view merged.field_provenance is 'One row per field of a live contact whose value came from a retired one.';
comment on column merged.field_provenance.contact_id is 'The live contact.';
comment on column merged.field_provenance.field is 'The field; a key of a JSON field as <column>.<key>.';
comment on column merged.field_provenance.source_contact_id is 'The retired contact in whose row the value stood.';
comment on column merged.field_provenance.request_id is 'The request that brought it to this contact.'
