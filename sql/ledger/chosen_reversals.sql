-- One row per merge to be taken back: the duplicates of the named requests (temp table `undo_requests`) that still stand.
-- Ids as they are spelled by now, which redirects know of contacts that the export lost, too.
create or replace temp table chosen_reversals as
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
semi join undo_requests on undo_requests.request_id = merges.request_id
anti join ledger.reversals as reversals
    on reversals.seq = merges.seq and reversals.retired_key = merges.retired_key
left join fold.redirects as redirects
    on redirects.retired_key = merges.retired_key and redirects.seq = merges.seq
where $contact_key is null or merges.retired_key = cast($contact_key as uuid)
order by merges.seq, merges.ordinal
