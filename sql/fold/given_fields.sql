-- One row per duplicate of an accepted request of this batch: the populated fields that this duplicate gave.
create or replace temp table given_fields as
select
    stretches.seq,
    stretches.ord,
    list_concat(
        {% for field in fields %}
        {% if field.json %}
        coalesce(json_given.k{{ field.i }}, cast([] as varchar[])),
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
left join json_given on json_given.seq = stretches.seq and json_given.ord = stretches.ord
where stretches.ord > 0
