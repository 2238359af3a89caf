-- One row per contact and moment at which its raw row may show an edit: it had been merged into before, and the row that
-- its last merge saw is another than the one seen then (`batch_no`, or the raw row as it is now where that is null). The stretch
-- is the one that it had before that moment; a stretch only grows, so its newest extents are the greatest ones.
create or replace temp table edit_candidates as
with

involvements as (

    select p as n, batch_no from member_merges
    union
    select d as n, batch_no from member_merges

),

versions as (

    select
        involvements.n,
        involvements.batch_no,
        max(contact_versions._cm_batch) as version
    from involvements
    inner join members on members.n = involvements.n
    inner join ledger.contact_versions as contact_versions
        on contact_versions._cm_key = members.contact_key and contact_versions._cm_batch <= involvements.batch_no
    group by involvements.n, involvements.batch_no

),

-- a contact retired by a merge is frozen; any other may have been edited since its last merge
now as (

    select
        members.n,
        cast(null as bigint) as batch_no,
        cast(null as bigint) as version
    from members
    semi join member_merges as merged_into on merged_into.p = members.n
    anti join member_merges as merged_away on merged_away.d = members.n
    semi join member_rows as contacts on contacts._cm_key = members.contact_key

),

moments as (

    select * from versions
    union all
    select * from now

),

successive as (

    select
        n,
        batch_no,
        version,
        lag(version) over (partition by n order by batch_no nulls last) as last_version
    from moments

),

extents as (

    select
        member_merges.p as n,
        member_merges.batch_no,
        max(edges_frame."left") as "left",
        max(edges_frame."right") as "right"
    from edges_frame
    inner join member_merges on member_merges.seq = edges_frame.seq and member_merges.d = edges_frame.d
    group by member_merges.p, member_merges.batch_no

)

select
    successive.*,
    members.contact_key,
    member_line.owner,
    member_line.position - coalesce(extents."left", 0) as first_position,
    member_line.position + coalesce(extents."right", 0) as last_position
from successive
inner join members on members.n = successive.n
inner join member_line on member_line.n = successive.n
asof left join extents
    on extents.n = successive.n and extents.batch_no < coalesce(successive.batch_no, 9223372036854775807)
where successive.last_version is not null
    and successive.version is distinct from successive.last_version
