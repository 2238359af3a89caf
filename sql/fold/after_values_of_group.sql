-- One row per accepted request of this batch, with the fields of a column group: `after_<i>` field i after it, null where empty,
-- and `giver_<i>` which of its duplicates populated it, null for none.
-- grain: one row per accepted request of this batch
-- reads: answers_frame, place_values
-- kind: temp table after_values_{{ group }}
select
    {% for field in some %}
    won_{{ field.i }}.value_{{ field.i }} as after_{{ field.i }},
    answers.giver_{{ field.i }},
    {% endfor %}
    answers.seq
from answers_frame as answers
{% for field in some %}
left join place_values as won_{{ field.i }} on won_{{ field.i }}.n = answers.row_{{ field.i }}
{% endfor %}
