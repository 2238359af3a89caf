-- One row per contact and moment at which its raw row may show an edit: it had been merged into before, and the row that
-- its last merge used differs from the one used then. The moment is `batch_no`, or now where that is null: the raw row counts.
-- The stretch is the one that it had before that moment. A stretch only grows, so its newest extents are the greatest ones.
-- A merge of the batch that is being answered used the row that contacts hold now, so after it there was no edit.
-- grain: one row per contact and moment at which its raw row may show an edit
-- reads: component, component_line, component_merges, component_rows, edges_frame, ledger.batches, ledger.contact_versions
-- kind: temp table edit_candidates
with

involvements as (

    select p as n, batch_no from component_merges
    union
    select d as n, batch_no from component_merges

),

-- a contact retired by a merge is frozen; any other may have been edited since its last merge
now as (

    select
        component.n,
        cast(null as bigint) as batch_no,
        cast(null as bigint) as version
    from component
    semi join component_merges as merged_into on merged_into.p = component.n
    anti join component_merges as merged_away on merged_away.d = component.n
    semi join component_rows as contacts on contacts._cm_key = component.contact_key
    {% if answering %}
    anti join (
        select p as n
        from component_merges
        where batch_no = (select max(batch_no) from ledger.batches)
    ) as merged_now on merged_now.n = component.n
    {% endif %}

),

-- what happens once has no row before it
repeated as (

    select n
    from (
        select n from involvements
        union all
        select n from now
    )
    group by n
    having count(*) > 1

),

versions as (

    select
        involvements.n,
        involvements.batch_no,
        max(contact_versions._cm_batch) as version
    from involvements
    semi join repeated on repeated.n = involvements.n
    inner join component on component.n = involvements.n
    inner join ledger.contact_versions as contact_versions
        on contact_versions._cm_key = component.contact_key and contact_versions._cm_batch <= involvements.batch_no
    group by involvements.n, involvements.batch_no

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
        component_merges.p as n,
        component_merges.batch_no,
        max(edges_frame."left") as "left",
        max(edges_frame."right") as "right"
    from edges_frame
    inner join component_merges on component_merges.seq = edges_frame.seq and component_merges.d = edges_frame.d
    group by component_merges.p, component_merges.batch_no

)

select
    successive.*,
    component.contact_key,
    component_line.owner,
    component_line.position - coalesce(extents."left", 0) as first_position,
    component_line.position + coalesce(extents."right", 0) as last_position
from successive
inner join component on component.n = successive.n
inner join component_line on component_line.n = successive.n
asof left join extents
    on extents.n = successive.n and extents.batch_no < coalesce(successive.batch_no, 9223372036854775807)
where successive.last_version is not null
    and successive.version is distinct from successive.last_version
