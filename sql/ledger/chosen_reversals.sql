-- One row per merge to be undone: those named that are still active.
-- Ids as they are spelled now; redirects have them of contacts that the export lost, too.
-- grain: one row per merge to be undone
-- reads: fold.redirects, ledger.merges, named_merges
-- kind: temp table chosen_reversals
select
    cast(row_number() over (order by merges.seq, merges.ordinal) as integer) as ordinal,
    merges.seq,
    merges.request_id,
    merges.primary_key,
    coalesce(redirects.primary_id, merges.primary_id) as primary_id,
    merges.retired_key,
    coalesce(redirects.retired_id, merges.retired_id) as retired_id,
    merges.workspace_id
from ledger.merges as merges
inner join named_merges as named on named.seq = merges.seq and named.retired_key = merges.retired_key
left join fold.redirects as redirects
    on redirects.retired_key = merges.retired_key and redirects.seq = merges.seq
where named.is_active
order by merges.seq, merges.ordinal
