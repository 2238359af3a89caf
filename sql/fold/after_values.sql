{% from "fold/_values.sql" import first_value_by %}
-- One row per accepted request of this batch: `b<i>` field i before it, `a<i>` after it, `w<i>` which of its contacts
-- gave that (0 the primary); null where empty. A stretch's value is the next one from its first place, if that is within it.
create or replace temp table after_values as
with

next_values as (

    select
        owner,
        position,
        {% for field in typed %}
        min(case when f{{ field.i }} is not null then position end) over following as p{{ field.i }},
        first_value(f{{ field.i }} ignore nulls) over following as v{{ field.i }},
        {% endfor %}
    from place_values
    window following as (
        partition by owner order by position rows between current row and unbounded following
    )

),

part_values as (

    select
        stretches.seq,
        stretches.ord,
        stretches.turn,
        {% for field in typed %}
        case when next_values.p{{ field.i }} <= stretches.last_position then next_values.v{{ field.i }} end as v{{ field.i }},
        {% endfor %}
    from stretches
    inner join next_values
        on next_values.owner = stretches.owner and next_values.position = stretches.first_position

)

select
    {% for field in typed %}
    any_value(v{{ field.i }}) filter (where ord = 0) as b{{ field.i }},
    {{ first_value_by("v" ~ field.i, field.type, "turn") }} as a{{ field.i }},
    arg_min(ord, turn) filter (where v{{ field.i }} is not null) as w{{ field.i }},
    {% endfor %}
    seq
from part_values
group by seq
