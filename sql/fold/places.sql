{% from "fold/_values.sql" import value %}
-- One row per place in the line of a live survivor: the values that it holds, null where empty, by number of the field.
-- A view for field_provenance and field_conflicts.
-- grain: one row per place in the line of a live survivor
-- reads: fold.line, fold.overrides, fold.redirects, fold.survivors, ledger.contact_versions, raw.contacts
-- kind: view fold.places
with

owners as (

    select
        survivors._cm_key as owner_key,
        cast(contacts.id as varchar) as owner_id
    from fold.survivors as survivors
    inner join raw.contacts as contacts on contacts._cm_key = survivors._cm_key
    anti join fold.redirects as redirects on redirects.retired_key = survivors._cm_key

),

line as (

    select
        line.*,
        owners.owner_id,
        coalesce(retired.retired_id, owners.owner_id) as contact_id,
        case when overrides._cm_key is not null then -1 else line.base_batch end as version
    from fold.line as line
    inner join owners on owners.owner_key = line.owner_key
    left join fold.redirects as retired on retired.retired_key = line.contact_key
    left join fold.overrides as overrides on overrides._cm_key = line.contact_key

),

{# What edits left of a place is a version of its own: in a join with all values of places, DuckDB would keep these in memory. #}
versions as (

    select
        _cm_key,
        _cm_batch,
        {% for column in typed_columns %}
        {{ column.name | ident }},
        {% endfor %}
    from ledger.contact_versions

    union all

    select
        _cm_key,
        -1,
        {% for column in typed_columns %}
        {{ column.name | ident }},
        {% endfor %}
    from fold.overrides

)

select
    line.contact_key,
    line.contact_id,
    line.owner_key,
    line.owner_id,
    line.position,
    line.joined_seq,
    line.brought_seq,
    {% for field in typed %}
    {{ value(field.of("versions"), field.kind) }} as value_{{ field.i }},
    {% endfor %}
from line
inner join versions on versions._cm_key = line.contact_key and versions._cm_batch = line.version;

comment on view fold.places is 'One row per place in the line of a live survivor: the values that it holds.';
comment on column fold.places.contact_key is 'The contact at this place.';
comment on column fold.places.contact_id is 'The contact at this place, as contacts spell it.';
comment on column fold.places.owner_key is 'The survivor.';
comment on column fold.places.owner_id is 'The survivor, as contacts spell it.';
comment on column fold.places.position is 'Position in the line; the survivor is at 0.';
comment on column fold.places.joined_seq is 'The request that joined this place to the one on its left.';
comment on column fold.places.brought_seq is 'The request that brought the contact to the survivor; null for the survivor.';
{% for field in typed %}
comment on column fold.places.value_{{ field.i }} is {{ ("Its value of " ~ field.label ~ "; null where empty.") | literal }};
{% endfor %}
