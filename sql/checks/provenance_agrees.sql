{% from "fold/_values.sql" import value %}
-- Each value of a survivor is one that its source's row held as the ledger saw it: the contact that provenance names, else its own.
-- One row per survivor and field of which that is not so. Keys of JSON objects are compared outside SQL (json_faults).
with

provenance as materialized (

    select
        contacts._cm_key as contact_key,
        told.field,
        sources.retired_key as source_key,
        told.request_id
    from merged.field_provenance as told
    inner join raw.contacts as contacts on cast(contacts.id as varchar) = told.contact_id
    inner join fold.redirects as sources on sources.retired_id = told.source_contact_id

),

{% for field in typed %}
held_{{ field.i }} as (

    select
        survivors._cm_key as contact_key,
        {{ field.label | literal }} as field,
        coalesce(provenance.source_key, survivors._cm_key) as source_key,
        {{ value(field.of("survivors"), field.kind) }} as held
    from checked_survivors as survivors
    left join provenance
        on provenance.contact_key = survivors._cm_key and provenance.field = {{ field.label | literal }}

),

faults_{{ field.i }} as (

    select
        held.contact_key,
        held.field,
        held.source_key,
        'holds another value than its source' as fault
    from held_{{ field.i }} as held
    anti join checked_versions as versions
        on versions._cm_key = held.source_key
        and {{ value(field.of("versions"), field.kind) }} = held.held
    where held.held is not null or held.source_key <> held.contact_key

),

{% endfor %}
elsewhere as (

    select
        provenance.contact_key,
        provenance.field,
        provenance.source_key,
        'names a source or a request that did not bring it' as fault
    from provenance
    left join fold.line as line on line.contact_key = provenance.source_key
    left join ledger.merges as merges on merges.request_id = provenance.request_id
    where line.owner_key is distinct from provenance.contact_key or merges.request_id is null

),

faults as (

    select * from elsewhere

    union

    select contact_key, field, source_key, 'holds another value than its source' from json_faults

    {% for field in typed %}
    union

    select * from faults_{{ field.i }}

    {% endfor %}
)

select
    contact_key as contact_id,
    field,
    source_key as source_contact_id,
    fault
from faults;

select
    (select count(*) from checked_survivors) * {{ typed | length }}
    + (select count(*) from merged.field_provenance)
    + $json_keys as looked_at
