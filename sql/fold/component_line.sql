-- One row per contact of the component: its places in the lines, and which row of ledger.contact_versions its values come from.
-- grain: one row per contact of the component
-- reads: component, component_merges, edges_frame, ledger.contact_versions, places_frame
-- kind: temp table component_line
with

places as (

    select * from places_frame

),

involvements as (

    select p as n, batch_no from component_merges
    union all
    select d as n, batch_no from component_merges

),

first_involvements as (

    select
        component.contact_key,
        min(involvements.batch_no) as batch_no
    from involvements
    inner join component on component.n = involvements.n
    group by component.contact_key

),

versions as (

    select
        first_involvements.contact_key,
        max(contact_versions._cm_batch) as base_batch
    from first_involvements
    inner join ledger.contact_versions as contact_versions
        on contact_versions._cm_key = first_involvements.contact_key
        and contact_versions._cm_batch <= first_involvements.batch_no
    group by first_involvements.contact_key

),

boundaries as (

    select
        owner,
        boundary,
        seq
    from edges_frame

)

select
    places.n,
    component.contact_key,
    owners.contact_key as owner_key,
    places.owner,
    places.position,
    boundaries.seq as joined_seq,
    places.brought_seq,
    versions.base_batch,
    roots.contact_key as root_key,
    places.root,
    places.membership_position,
    places.circle
from places
inner join component on component.n = places.n
inner join component as owners on owners.n = places.owner
inner join component as roots on roots.n = places.root
left join boundaries on boundaries.owner = places.owner and boundaries.boundary = places.position
left join versions on versions.contact_key = component.contact_key
