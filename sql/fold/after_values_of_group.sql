{% from "fold/_values.sql" import first_value_by %}
-- One row per accepted request of this batch, with the fields of a column group: `after_<i>` field i after it.
-- `giver_<i>` is which of its contacts gave that (0 the primary), `before_<i>` what an overwrite found in the primary before;
-- null where empty.
-- A stretch's value is the next one from its first place, if that is within it.
-- The first value that is not null is looked up; a minimum over the rest of the line would be a tree of it for each field.
-- grain: one row per accepted request of this batch
-- reads: place_values, stretches
-- kind: temp table after_values_{{ group }}
with

next_values as (

    select
        owner,
        position,
        {% for field in some %}
        first_value(case when value_{{ field.i }} is not null then position end ignore nulls) over following
            as position_{{ field.i }},
        first_value(value_{{ field.i }} ignore nulls) over following as next_{{ field.i }},
        {% endfor %}
    from place_values
    window following as (
        partition by owner order by position rows between current row and unbounded following
    )

),

stretch_values as (

    select
        stretches.seq,
        stretches.ord,
        stretches.turn,
        stretches.overwrite,
        {% for field in some %}
        case when next_values.position_{{ field.i }} <= stretches.last_position then next_values.next_{{ field.i }} end
            as value_{{ field.i }},
        {% endfor %}
    from stretches
    inner join next_values
        on next_values.owner = stretches.owner and next_values.position = stretches.first_position

)

select
    {% for field in some %}
    any_value(case when ord = 0 and overwrite then value_{{ field.i }} end) as before_{{ field.i }},
    {{ first_value_by("value_" ~ field.i, field.type, "turn") }} as after_{{ field.i }},  -- rule: first-value-in-responses
    arg_min(ord, case when value_{{ field.i }} is not null then turn end) as giver_{{ field.i }},
    {% endfor %}
    seq
from stretch_values
group by seq
