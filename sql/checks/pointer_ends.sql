-- One row per retired contact: where its pointers end, or a contact of the circle in which they never do.
-- Pointer doubling: each step replaces a pointer by the one twice as far. So as many steps as the number of retired contacts
-- has binary digits reach every end. What is still a retired contact then is in a circle.
-- grain: one row per retired contact
-- reads: fold.redirects
-- kind: temp table pointer_ends
with

step_0 as (

    select
        retired_key,
        min(target_key) as at_key,
        bool_or(seq is not null) as passes_merge
    from fold.redirects
    group by retired_key

),

{% for step in range(steps) %}
step_{{ step + 1 }} as materialized (

    select
        here.retired_key,
        coalesce(there.at_key, here.at_key) as at_key,
        here.passes_merge or coalesce(there.passes_merge, false) as passes_merge
    from step_{{ step }} as here
    left join step_{{ step }} as there on there.retired_key = here.at_key

),

{% endfor %}
circles as (

    select distinct ends.at_key as contact_key
    from step_{{ steps }} as ends
    semi join step_0 on step_0.retired_key = ends.at_key

)

select
    ends.retired_key,
    ends.at_key as end_key,
    ends.passes_merge,
    circles.contact_key is not null as ends_in_circle,
    own.contact_key is not null as in_circle
from step_{{ steps }} as ends
left join circles on circles.contact_key = ends.at_key
left join circles as own on own.contact_key = ends.retired_key
