-- One row per duplicate of an accepted request of this batch: the populated fields that this duplicate gave.
-- grain: one row per duplicate of an accepted request of this batch
-- reads: after_values, json_given, stretches
-- kind: temp table given_fields
select
    stretches.seq,
    stretches.ord,
    list_concat(
        {% for field in fields %}
        {% if field.json %}
        coalesce(given_{{ field.i }}.keys, cast([] as varchar[])),
        {% else %}
        case
            when after_values.giver_{{ field.i }} = stretches.ord then [{{ field.label | literal }}]
            else cast([] as varchar[])
        end,
        {% endif %}
        {% endfor %}
        cast([] as varchar[])
    ) as fields_populated
from stretches
inner join after_values on after_values.seq = stretches.seq
{% for field in json %}
left join json_given as given_{{ field.i }}
    on given_{{ field.i }}.i = {{ field.i }}
    and given_{{ field.i }}.seq = stretches.seq
    and given_{{ field.i }}.ord = stretches.ord
{% endfor %}
where stretches.ord > 0
