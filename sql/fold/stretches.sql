-- One row per contact that an accepted request of this batch names: what it was at that moment, as stretches of the lines.
-- A stretch only grows, so the newest extents from before the request are the greatest ones.
--   turn: the order in which their values count; with overwrite the primary's come after those of all duplicates
create or replace temp table stretches as
with

extents as (

    select distinct
        p,
        seq,
        "left",
        "right"
    from edges_frame

),

member_extents as (

    select distinct
        member_root as p,
        seq,
        members
    from edges_frame

),

imported as (

    select
        root as p,
        max(members) as members
    from imports_frame
    group by root

),

named as (

    select
        accepted_contacts.seq,
        accepted_contacts.ord,
        member_line.*
    from accepted_contacts
    inner join member_line on member_line.contact_key = accepted_contacts.contact_key

)

select
    named.seq,
    named.ord,
    named.n,
    named.contact_key,
    named.owner,
    named.position - coalesce(extents."left", 0) as first_position,
    named.position + coalesce(extents."right", 0) as last_position,
    named.root,
    named.membership_position as first_member,
    named.membership_position + greatest(coalesce(member_extents.members, 0), coalesce(imported.members, 0)) as last_member,
    extents.seq as last_seq,
    requests.dry_run,
    requests.overwrite,
    case when requests.overwrite and named.ord = 0 then 1000000 else named.ord end as turn
from named
inner join ordered_requests as requests on requests.seq = named.seq
left join imported on imported.p = named.n
asof left join extents on extents.p = named.n and extents.seq < named.seq
asof left join member_extents on member_extents.p = named.n and member_extents.seq < named.seq
