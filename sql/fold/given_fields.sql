-- One row per duplicate of an accepted request of this batch: the populated fields that this duplicate gave.
create or replace temp table given_fields as
select
    stretches.seq,
    stretches.ord,
    list_concat(
        {% for field in fields %}
        {% if field.json %}
        coalesce(given{{ field.i }}.keys, cast([] as varchar[])),
        {% else %}
        case
            when after_values.w{{ field.i }} = stretches.ord and after_values.a{{ field.i }} is distinct from after_values.b{{ field.i }}
            then [{{ field.label | literal }}]
            else cast([] as varchar[])
        end,
        {% endif %}
        {% endfor %}
        cast([] as varchar[])
    ) as fields_populated
from stretches
inner join after_values on after_values.seq = stretches.seq
{% for field in json %}
left join json_given as given{{ field.i }}
    on given{{ field.i }}.i = {{ field.i }}
    and given{{ field.i }}.seq = stretches.seq
    and given{{ field.i }}.ord = stretches.ord
{% endfor %}
where stretches.ord > 0
