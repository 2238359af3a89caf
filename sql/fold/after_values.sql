{% from "fold/_values.sql" import first_value_by %}
-- One row per accepted request of this batch: `a<i>` field i after it, `w<i>` which of its contacts gave that (0 the primary),
-- `b<i>` what an overwrite found in the primary before; null where empty. A stretch's value is the next one from its first
-- place, if that is within it.
-- Fields are taken some at a time, each time in a statement of its own: windows and aggregates keep all columns in memory.
-- The first value that is not null is looked up; a minimum over the rest of the line would be a tree of it for each field.
{% for group, some in typed | groupby("group") %}
create or replace temp table after_values_{{ group }} as
with

next_values as (

    select
        owner,
        position,
        {% for field in some %}
        first_value(case when f{{ field.i }} is not null then position end ignore nulls) over following as p{{ field.i }},
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
        stretches.overwrite,
        {% for field in some %}
        case when next_values.p{{ field.i }} <= stretches.last_position then next_values.v{{ field.i }} end as v{{ field.i }},
        {% endfor %}
    from stretches
    inner join next_values
        on next_values.owner = stretches.owner and next_values.position = stretches.first_position

)

select
    {% for field in some %}
    any_value(case when ord = 0 and overwrite then v{{ field.i }} end) as b{{ field.i }},
    {{ first_value_by("v" ~ field.i, field.type, "turn") }} as a{{ field.i }},
    arg_min(ord, case when v{{ field.i }} is not null then turn end) as w{{ field.i }},
    {% endfor %}
    seq
from part_values
group by seq;

{% endfor %}
create or replace temp view after_values as
select *
{% for group, some in typed | groupby("group") %}
{{ "from" if loop.first else "inner join" }} after_values_{{ group }}{{ "" if loop.first else " using (seq)" }}
{% else %}
from (select distinct seq from stretches)
{% endfor %}
