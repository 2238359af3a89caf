{% from "fold/_values.sql" import value %}
-- One row: the values of a live contact as text, by field, null where empty; those of JSON fields as they are.
-- grain: one row
-- reads: {source}
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
from {{ source }} as contact
where contact._cm_key = $key
