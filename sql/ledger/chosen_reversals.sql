-- One row per merge to be taken back: the duplicates of the named requests (temp table `undo_requests`) that still stand.
create or replace temp table chosen_reversals as
select
    cast(row_number() over (order by merges.seq, merges.ordinal) as integer) as ordinal,
    merges.seq,
    merges.request_id,
    merges.primary_key,
    merges.primary_id,
    merges.retired_key,
    merges.retired_id,
    merges.workspace_id
from ledger.merges as merges
semi join undo_requests on undo_requests.request_id = merges.request_id
anti join ledger.reversals as reversals
    on reversals.seq = merges.seq and reversals.retired_key = merges.retired_key
where $contact_key is null or merges.retired_key = cast($contact_key as uuid)
order by merges.seq, merges.ordinal
