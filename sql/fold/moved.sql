-- One row per duplicate of an accepted request of this batch: the rows that moved to the primary, by kind.
-- grain: one row per duplicate of an accepted request of this batch
-- reads: component_children, moved_lists, stretches
-- kind: temp table moved
with

spans as (

    select
        stretches.seq,
        stretches.ord,
        first_place.g as first_g,
        last_place.g as last_g
    from stretches
    inner join component_children as first_place
        on first_place.root = stretches.root and first_place.membership_position = stretches.first_membership
    inner join component_children as last_place
        on last_place.root = stretches.root and last_place.membership_position = stretches.last_membership
    where stretches.ord > 0

)

select
    spans.seq,
    spans.ord,
    {% for kind in children %}
    ends.{{ kind }} - coalesce(starts.{{ kind }}, 0) as {{ kind }},
    {% endfor %}
    coalesce(moved_lists.list_memberships, 0) as list_memberships
from spans
inner join component_children as ends on ends.g = spans.last_g
left join component_children as starts on starts.g = spans.first_g - 1
left join moved_lists on moved_lists.seq = spans.seq and moved_lists.ord = spans.ord
