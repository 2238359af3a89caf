-- One row per list membership of a contact of the component: its index `g` in the lines, and that of the membership before it of
-- the same list. So with any child table of which a survivor keeps one row per value.
-- grain: one row per list membership of a contact of the component
-- reads: membership_line, raw.{child.name}
-- kind: temp table component_lists
select
    line.g,
    line.root,
    line.membership_position,
    {% for name in child.unique %}
    memberships.{{ name | ident }},
    {% endfor %}
    lag(line.g) over same_list as previous_g,
    lag(line.membership_position) over same_list as previous_position
from raw.{{ child.name | ident }} as memberships
inner join membership_line as line on line.contact_key = memberships._cm_contact_key
window same_list as (
    partition by line.root{% for name in child.unique %}, memberships.{{ name | ident }}{% endfor %}

    order by line.membership_position
)
