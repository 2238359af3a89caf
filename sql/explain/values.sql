{% from "fold/_values.sql" import value %}
-- One row: the values of a live contact as text, by field, null where empty; those of JSON fields as they are.
-- grain: one row
-- reads: fold.replaced_references, {source}
-- kind: query
select
    [
        {% for field in typed %}
        cast({{ value(field.of("contact"), field.kind) }} as varchar){{ "," if not loop.last }}
        {% endfor %}
    ] as typed_values,
    [
        {% for field in fields if field.json %}
        {{ field.of("contact") }}{{ "," if not loop.last }}
        {% endfor %}
    ] as json_texts
{% if references %}
from (
    select held.* replace (
        {% for column in references %}
        case when replaced.contact_key is null then held.{{ column.name | ident }} else replaced.reference_{{ loop.index }} end
            as {{ column.name | ident }}{{ "," if not loop.last }}
        {% endfor %}
    )
    from {{ source }} as held
    left join fold.replaced_references as replaced on replaced.contact_key = held._cm_key and replaced.contact_key = $key
) as contact
{% else %}
from {{ source }} as contact
{% endif %}
where contact._cm_key = $key
