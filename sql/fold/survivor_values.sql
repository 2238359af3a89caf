-- One row per survivor, with the fields of a column group: the value of the place that won each.
-- grain: one row per survivor
-- reads: place_values, winners_frame
-- kind: temp table survivor_values_{{ group }}
select
    {% for field in some %}
    won_{{ field.i }}.value_{{ field.i }} as value_{{ field.i }},  -- rule: minus-zero-in-lists
    {% endfor %}
    winners.n
from winners_frame as winners
{% for field in some %}
left join place_values as won_{{ field.i }} on won_{{ field.i }}.n = winners.row_{{ field.i }}
{% endfor %}
