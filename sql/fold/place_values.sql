{% from "fold/_values.sql" import value %}
-- One row per contact of the component: the values that its place holds, null where empty, and by a rule that goes by more than
-- the order of the line the key of each. They are those of the row that its first merge used, or of the raw row now where there
-- was none. JSON fields are the text that they were. Rows of edits follow (edit_values).
-- grain: one row per contact of the component
-- reads: component_line, component_rows, ledger.contact_versions
-- kind: temp table place_values
with

places as (

    select
        n,
        contact_key,
        owner_key,
        base_batch
    from component_line

),

source_rows as (

    select
        places.n as _cm_n,
        {% for column in columns %}
        versions.{{ column.name | ident }}{{ "," if not loop.last }}
        {% endfor %}
    from places
    inner join ledger.contact_versions as versions  -- rule: rows-it-used
        on versions._cm_key = places.contact_key and versions._cm_batch = places.base_batch

    union all

    select
        places.n as _cm_n,
        {% for column in columns %}
        contacts.{{ column.name | ident }}{{ "," if not loop.last }}
        {% endfor %}
    from places
    inner join component_rows as contacts on contacts._cm_key = places.contact_key
    where places.base_batch is null

)

select
    places.n,
    places.contact_key,
    places.owner_key,
    {% for field in fields %}
    {% if field.json %}
    {{ field.of("source_rows") }} as value_{{ field.i }},
    {% else %}
    {{ value(field.of("source_rows"), field.kind) }} as value_{{ field.i }},
    {% if field.i in keys %}
    {{ key(field, "source_rows") }} as key_{{ field.i }},
    {% endif %}
    {% endif %}
    {% endfor %}
from places
left join source_rows on source_rows._cm_n = places.n
