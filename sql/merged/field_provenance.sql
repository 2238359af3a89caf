-- grain: one row per field of a live contact whose value came from a retired one
-- reads: fold.json_provenance, fold.places, fold.redirects, ledger.requests, raw.contacts
-- kind: view merged.field_provenance
with

places as (

    select * from fold.places

),

{# Fields are taken in groups: an aggregate keeps all its columns in memory. #}
{% for some in typed | batch(256) %}
sources_{{ loop.index }} as (

    select
        owner_id,
        {% for field in some %}
        arg_min(contact_id, case when value_{{ field.i }} is not null then position end) as source_{{ field.i }},  -- rule: source
        arg_min(coalesce(brought_seq, 0), case when value_{{ field.i }} is not null then position end) as seq_{{ field.i }},
        {% endfor %}
    from places
    group by owner_id

),

brought_{{ loop.index }} as (

    select
        owner_id,
        unnest([
            {% for field in some %}
            case
                when seq_{{ field.i }} > 0
                then struct_pack(field := {{ field.label | literal }}, source := source_{{ field.i }}, seq := seq_{{ field.i }})
            end{{ "," if not loop.last }}
            {% endfor %}
        ]) as value
    from sources_{{ loop.index }}

),

{% endfor %}
provenance as (

    select
        cast(contacts.id as varchar) as contact_id,
        json_provenance.field || '.' || json_provenance.json_key as field,
        redirects.retired_id as source_contact_id,
        json_provenance.seq
    from fold.json_provenance as json_provenance
    inner join raw.contacts as contacts on contacts._cm_key = json_provenance.contact_key
    anti join fold.redirects as owners on owners.retired_key = json_provenance.contact_key
    inner join fold.redirects as redirects on redirects.retired_key = json_provenance.source_key

    {% for some in typed | batch(256) %}
    union all

    select
        owner_id as contact_id,
        value.field,
        value.source as source_contact_id,
        value.seq
    from brought_{{ loop.index }}
    where value is not null

    {% endfor %}
)

select
    provenance.contact_id,
    provenance.field,
    provenance.source_contact_id,
    requests.request_id
from provenance
inner join ledger.requests as requests on requests.seq = provenance.seq;

comment on view merged.field_provenance is 'One row per field of a live contact whose value came from a retired one.';
comment on column merged.field_provenance.contact_id is 'The live contact.';
comment on column merged.field_provenance.field is 'The field; a key of a JSON field as <column>.<key>.';
comment on column merged.field_provenance.source_contact_id is 'The retired contact in whose row the value stood.';
comment on column merged.field_provenance.request_id is 'The request that brought it to this contact.'
