-- One row per active merge of the component, in order: contacts as numbers.
-- grain: one row per active merge of the component
-- reads: all_merges, all_reversals, component
-- kind: temp table component_merges
with

reversed_merges as (

    select
        seq,
        retired_key
    from all_reversals

)

select
    merges.batch_no,
    merges.seq,
    cast(merges.ordinal as bigint) as ordinal,
    primaries.n as p,
    duplicates.n as d,
    merges.overwrite,
    merges.retired_id,
    merges.primary_id,
    merges.request_id,
    merges.merged_at
from all_merges as merges
inner join component as duplicates on duplicates.contact_key = merges.retired_key
inner join component as primaries on primaries.contact_key = merges.primary_key
anti join reversed_merges
    on reversed_merges.seq = merges.seq and reversed_merges.retired_key = merges.retired_key  -- rule: not-undone
order by merges.seq, merges.ordinal
