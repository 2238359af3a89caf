{% from "fold/_values.sql" import value %}
-- One row: the raw row of a survivor beside the one that its last merge used; values as text, by field, null where empty.
-- grain: one row
-- reads: fold.survivors, ledger.contact_versions, raw._cm_entity
-- kind: query
with

last_merge as (

    select _cm_batch from fold.survivors where _cm_key = $key

),

old_row as (

    select versions.*
    from ledger.contact_versions as versions
    where versions._cm_key = $key and versions._cm_batch <= (select _cm_batch from last_merge)
    order by versions._cm_batch desc
    limit 1

)

select
    [
        {% for field in typed %}
        {{ value(field.of("new_row"), field.kind) }} is distinct from {{ value(field.of("old_row"), field.kind) }}
        {{- "," if not loop.last }}
        {% endfor %}
    ] as differs,
    [
        {% for field in typed %}
        cast({{ value(field.of("old_row"), field.kind) }} as varchar){{ "," if not loop.last }}
        {% endfor %}
    ] as old_values,
    [
        {% for field in fields if field.json %}
        {{ field.of("old_row") }}{{ "," if not loop.last }}
        {% endfor %}
    ] as old_texts,
    [
        {% for field in fields if field.json %}
        {{ field.of("new_row") }}{{ "," if not loop.last }}
        {% endfor %}
    ] as new_texts
from raw._cm_entity as new_row
cross join old_row
where new_row._cm_key = $key
