{% from "fold/_values.sql" import value %}
-- One row per member: the values that its place holds, null where empty; those of the row that its first merge saw, or of the
-- raw row now where none did. JSON fields are the text that they were.
create or replace temp table place_values as
with

places as (

    select
        n,
        owner,
        position,
        contact_key,
        base_batch
    from member_line

),

rows_held as (

    select
        places.n as _cm_n,
        {% for column in field_columns %}
        versions.{{ column.name | ident }}{{ "," if not loop.last }}
        {% endfor %}
    from places
    inner join ledger.contact_versions as versions
        on versions._cm_key = places.contact_key and versions._cm_batch = places.base_batch

    union all

    select
        places.n as _cm_n,
        {% for column in field_columns %}
        contacts.{{ column.name | ident }}{{ "," if not loop.last }}
        {% endfor %}
    from places
    inner join member_rows as contacts on contacts._cm_key = places.contact_key
    where places.base_batch is null

)

select
    places.n,
    places.owner,
    places.position,
    places.contact_key,
    false as amended,
    {% for field in fields %}
    {% if field.json %}
    {{ field.of("rows_held") }} as f{{ field.i }},
    {% else %}
    {{ value(field.of("rows_held"), field.kind) }} as f{{ field.i }},
    {% endif %}
    {% endfor %}
from places
left join rows_held on rows_held._cm_n = places.n
