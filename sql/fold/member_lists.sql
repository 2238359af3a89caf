-- One row per list membership of a member: its index `g` in the lines, and that of the membership before it of the same list.
create or replace temp table member_lists as
select
    member_children.g,
    member_children.root,
    member_children.membership_position,
    memberships.list_id,
    lag(member_children.g) over same_list as previous_g,
    lag(member_children.membership_position) over same_list as previous_position
from raw.list_memberships as memberships
inner join member_children on member_children.contact_key = memberships._cm_contact_key
window same_list as (
    partition by member_children.root, memberships.list_id order by member_children.membership_position
)
