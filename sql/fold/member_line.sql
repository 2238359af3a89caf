-- One row per member: its places in the lines, and which row of ledger.contact_versions its values come from.
create or replace temp table member_line as
with

places as (

    select * from places_frame

),

involvements as (

    select p as n, batch_no from member_merges
    union all
    select d as n, batch_no from member_merges

),

first_involvements as (

    select
        members.contact_key,
        min(involvements.batch_no) as batch_no
    from involvements
    inner join members on members.n = involvements.n
    group by members.contact_key

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
    members.contact_key,
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
inner join members on members.n = places.n
inner join members as owners on owners.n = places.owner
inner join members as roots on roots.n = places.root
left join boundaries on boundaries.owner = places.owner and boundaries.boundary = places.position
left join versions on versions.contact_key = members.contact_key
