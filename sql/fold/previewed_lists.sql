-- One row per duplicate of a dry run: the list memberships that would move.
-- grain: one row per duplicate of a dry run
-- reads: component_lists, stretches
-- kind: query
with

here as (

    select
        stretches.seq,
        stretches.ord,
        {% for name in child.compared %}
        component_lists.{{ name | ident }}{{ "," if not loop.last }}
        {% endfor %}
    from stretches
    inner join component_lists
        on component_lists.root = stretches.root
        and component_lists.membership_position between stretches.first_membership and stretches.last_membership
    where stretches.dry_run
        and (component_lists.previous_position is null or component_lists.previous_position < stretches.first_membership)

),

first_holders as (

    select
        seq,
        {{ child.compared | map("ident") | join(", ") }},
        min(ord) as ord
    from here
    group by seq, {{ child.compared | map("ident") | join(", ") }}

)

select
    seq,
    ord,
    count(*) as rows_moved
from first_holders
where ord > 0
group by seq, ord
