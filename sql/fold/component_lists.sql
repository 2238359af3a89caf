-- One row per list membership of a contact of the component: its index `g` in the lines, and that of the membership before it of
-- the same list.
-- grain: one row per list membership of a contact of the component
-- reads: component_children, raw.list_memberships
-- kind: temp table component_lists
select
    component_children.g,
    component_children.root,
    component_children.membership_position,
    memberships.list_id,
    lag(component_children.g) over same_list as previous_g,
    lag(component_children.membership_position) over same_list as previous_position
from raw.list_memberships as memberships
inner join component_children on component_children.contact_key = memberships._cm_contact_key
window same_list as (
    partition by component_children.root, memberships.list_id order by component_children.membership_position
)
