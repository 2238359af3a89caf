-- One row per list membership of a contact of the component: its index `g` in the lines, and that of the membership before it of
-- the same list. So with any child table of which a survivor keeps one row per value.
-- grain: one row per list membership of a contact of the component
-- reads: component_children, raw.{child.name}
-- kind: temp table component_lists
select
    component_children.g,
    component_children.root,
    component_children.membership_position,
    {% for name in child.unique %}
    memberships.{{ name | ident }},
    {% endfor %}
    lag(component_children.g) over same_list as previous_g,
    lag(component_children.membership_position) over same_list as previous_position
from raw.{{ child.name | ident }} as memberships
inner join component_children on component_children.contact_key = memberships._cm_contact_key
window same_list as (
    partition by component_children.root{% for name in child.unique %}, memberships.{{ name | ident }}{% endfor %}

    order by component_children.membership_position
)
