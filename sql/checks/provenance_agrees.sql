{% from "fold/_values.sql" import value %}
-- Each value of a survivor is one that its source's row held as the ledger saw it: the contact that provenance names, else its own.
-- One row per survivor and field of which that is not so. Keys of JSON objects are compared outside SQL (json_faults).
with

provenance as (

    select
        contacts._cm_key as contact_key,
        told.field,
        sources.retired_key as source_key,
        told.request_id
    from merged.field_provenance as told
    inner join raw.contacts as contacts on cast(contacts.id as varchar) = told.contact_id
    inner join fold.redirects as sources on sources.retired_id = told.source_contact_id

),

{# What is told of keys, for a column may have the name under which one is told. #}
keys as (

    select
        told.contact_key,
        told.field || '.' || told.json_key as field,
        told.source_key,
        requests.request_id
    from fold.json_provenance as told
    inner join ledger.requests as requests on requests.seq = told.seq

),

brought as (

    select contact_key, field, source_key, request_id from provenance
    except all
    select contact_key, field, source_key, request_id from keys

),

{# All fields of a row in one list, as text. #}
{% for name, table in [("survivor", "checked_survivors"), ("version", "checked_versions")] %}
{{ name }}_values as (

    select
        _cm_key as contact_key,
        unnest([
            {% for field in typed %}
            struct_pack(
                field := {{ field.label | literal }},
                held := cast({{ value(field.of(table), field.kind) }} as varchar)
            ){{ "," if not loop.last }}
            {% else %}
            cast(null as struct(field varchar, held varchar))
            {% endfor %}
        ], recursive := true)
    from {{ table }}

),

{% endfor %}
held as (

    select
        survivor_values.contact_key,
        survivor_values.field,
        survivor_values.held,
        coalesce(brought.source_key, survivor_values.contact_key) as source_key
    from survivor_values
    left join brought on brought.contact_key = survivor_values.contact_key and brought.field = survivor_values.field
    where survivor_values.held is not null or brought.source_key is not null

),

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

    union

    select held.contact_key, held.field, held.source_key, 'holds another value than its source'
    from held
    anti join version_values as versions
        on versions.contact_key = held.source_key and versions.field = held.field and versions.held = held.held

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
