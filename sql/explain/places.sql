-- One row per place in the line of a live survivor: its values as text, by field, and whether each differs from the kept one.
-- grain: one row per place in the line of a live survivor
-- reads: fold.places
-- kind: query
with

places as (

    select * from fold.places where owner_key = $key

),

kept as (

    select
        *,
        {% for field in typed %}
        first_value(value_{{ field.i }} ignore nulls) over line as kept_{{ field.i }},
        {% endfor %}
    from places
    window line as (order by position rows between unbounded preceding and unbounded following)

)

select
    contact_key,
    joined_seq,
    brought_seq,
    [
        {% for field in typed %}
        cast(value_{{ field.i }} as varchar){{ "," if not loop.last }}
        {% endfor %}
    ] as typed_values,
    [
        {% for field in typed %}
        value_{{ field.i }} is not null and value_{{ field.i }} is distinct from kept_{{ field.i }}{{ "," if not loop.last }}
        {% endfor %}
    ] as differs
from kept
order by position
