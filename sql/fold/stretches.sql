-- One row per contact that an accepted request of this batch names: what it was at that moment, as stretches of the lines.
-- A stretch only grows, so the newest extents from before the request are the greatest ones.
--   turn: the order in which their values count; with overwrite the primary's come after those of all duplicates
-- grain: one row per contact that an accepted request of this batch names
-- reads: accepted_contacts, component_line, edges_frame, imports_frame, ordered_requests
-- kind: temp table stretches
with

extents as (

    select distinct
        p,
        seq,
        "left",
        "right"
    from edges_frame

),

membership_extents as (

    select distinct
        membership_root as p,
        seq,
        membership_extent
    from edges_frame

),

imported as (

    select
        root as p,
        max(membership_extent) as membership_extent
    from imports_frame
    group by root

),

named as (

    select
        accepted_contacts.seq,
        accepted_contacts.ord,
        component_line.*
    from accepted_contacts
    inner join component_line on component_line.contact_key = accepted_contacts.contact_key

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
    named.membership_position as first_membership,
    named.membership_position
        + greatest(coalesce(membership_extents.membership_extent, 0), coalesce(imported.membership_extent, 0)) as last_membership,
    extents.seq as last_seq,
    requests.dry_run,
    requests.overwrite,
    case when requests.overwrite and named.ord = 0 then 1000000 else named.ord end as turn  -- rule: primary-last
from named
inner join ordered_requests as requests on requests.seq = named.seq
left join imported on imported.p = named.n
asof left join extents on extents.p = named.n and extents.seq < named.seq
asof left join membership_extents on membership_extents.p = named.n and membership_extents.seq < named.seq
