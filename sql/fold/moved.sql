-- One row per duplicate of an accepted request of this batch: the rows that moved to the primary, by kind.
-- grain: one row per duplicate of an accepted request of this batch
-- reads: component_children, moved_{child.name}, stretches
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
    {% for child in children %}
    {% if child.deduplicated %}
    coalesce(moved_{{ child.name }}.rows_moved, 0) as {{ child.name | ident }},
    {% else %}
    ends.{{ child.name | ident }} - coalesce(starts.{{ child.name | ident }}, 0) as {{ child.name | ident }},
    {% endif %}
    {% endfor %}
from spans
inner join component_children as ends on ends.g = spans.last_g
left join component_children as starts on starts.g = spans.first_g - 1
{% for child in children if child.deduplicated %}
left join moved_{{ child.name }}
    on moved_{{ child.name }}.seq = spans.seq and moved_{{ child.name }}.ord = spans.ord
{% endfor %}
