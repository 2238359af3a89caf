-- Adds one row per edit that may be, after those of the places: its values and their keys.
-- grain: one row per edit that may be
-- reads: edit_values
-- kind: insert into place_values by name
select
    n,
    contact_key,
    owner_key,
    {% for field in typed %}
    value_{{ field.i }},
    {% if field.i in keys %}
    key_{{ field.i }},
    {% endif %}
    {% endfor %}
from edit_values
