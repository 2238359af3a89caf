-- One row per row of place_values: of some fields whether it holds a value, or, where a rule has a key, the rank of that key.
-- grain: one row per row of place_values
-- reads: place_values
-- kind: query
select
    n,
    {% for field in some %}
    {% if field.i in keys %}
    case when value_{{ field.i }} is not null then dense_rank() over (order by key_{{ field.i }} nulls last) else 0 end
        as rank_{{ field.i }},
    {% else %}
    value_{{ field.i }} is not null as rank_{{ field.i }},
    {% endif %}
    {% endfor %}
from place_values
