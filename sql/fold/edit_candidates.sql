-- One row per contact and moment at which its raw row may show an edit: it had been merged into before, and the row that
-- its last merge saw is another than the one seen then (`batch_no`, or the raw row as it is now where that is null).
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
        max(seen._cm_batch) as version
    from involvements
    inner join members on members.n = involvements.n
    inner join ledger.seen as seen
        on seen._cm_key = members.contact_key and seen._cm_batch <= involvements.batch_no
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

)

select
    successive.*,
    members.contact_key,
    member_line.owner,
    member_line.position
from successive
inner join members on members.n = successive.n
inner join member_line on member_line.n = successive.n
where successive.last_version is not null
    and successive.version is distinct from successive.last_version
