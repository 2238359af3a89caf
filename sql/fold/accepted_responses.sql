-- One row per accepted request of this batch: the primary after it as JSON, and the fields it populated, in column order.
-- grain: one row per accepted request of this batch
-- reads: responses_{number}
-- kind: temp view accepted_responses
select
    seq,
    list_concat(
        {% for number in numbers %}
        populated_{{ number }},
        {% endfor %}
        cast([] as varchar[])
    ) as fields_populated,
    '{' || concat_ws(','{% for number in numbers %}, pairs_{{ number }}{% endfor %}) || '}' as "primary"
{% for number in numbers %}
{{ "from" if loop.first else "inner join" }} responses_{{ number }}{{ "" if loop.first else " using (seq)" }}
{% endfor %}
