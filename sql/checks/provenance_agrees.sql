{% from "fold/_values.sql" import value %}
-- Each value of a survivor stood in a row of its source, as the ledger keeps it: the contact that provenance names, else its own.
-- grain: one row per survivor and field of which that is not so
-- reads: checked_survivors, fold.kept, fold.line, fold.redirects, json_faults, ledger.merges, ledger.requests,
--   merged.field_provenance, raw._cm_entity, {table}
-- kind: check
{# Keys of JSON objects are compared outside SQL (json_faults). #}
with

provenance as (

    select
        contacts._cm_key as contact_key,
        provenance.field,
        sources.retired_key as source_key,
        provenance.request_id
    from merged.field_provenance as provenance
    inner join raw._cm_entity as contacts on contacts._cm_id = provenance.contact_id
    inner join fold.redirects as sources on sources.retired_id = provenance.source_contact_id

),

{# The rows of keys, for a column may have the name under which a key is shown. #}
keys as (

    select
        kept.contact_key,
        concat_ws('.', kept.field, kept.json_key) as field,
        kept.source_key,
        requests.request_id
    from fold.kept as kept
    inner join ledger.requests as requests on requests.seq = kept.seq
    where false
        {% for field in json %}
        or kept.field = {{ field.column | literal }}
        {% endfor %}

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
                text := cast({{ value(field.of(table), field.kind) }} as varchar)
            ){{ "," if not loop.last }}
            {% else %}
            cast(null as struct(field varchar, text varchar))
            {% endfor %}
        ], recursive := true)
    from {{ table }}

),

{% endfor %}
kept as (

    select
        survivor_values.contact_key,
        survivor_values.field,
        survivor_values.text,
        coalesce(brought.source_key, survivor_values.contact_key) as source_key
    from survivor_values
    left join brought on brought.contact_key = survivor_values.contact_key and brought.field = survivor_values.field
    where survivor_values.text is not null or brought.source_key is not null

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

    select kept.contact_key, kept.field, kept.source_key, 'holds another value than its source'
    from kept
    anti join version_values as versions
        on versions.contact_key = kept.source_key and versions.field = kept.field and versions.text = kept.text

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
    + $json_keys as rows_checked
