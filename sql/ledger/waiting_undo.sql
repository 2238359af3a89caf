-- One row where the newest batch undid just what this undo names: merges named and no other, some for each id. None of those
-- named is active, and its events are in no file yet. The batch, and how many contacts came back.
-- grain: one row where the newest batch undid just what this undo names
-- reads: chosen_reversals, ledger.batches, ledger.deliveries, ledger.reversals, named_merges, undo_contacts, undo_requests
-- kind: query
with

newest as (

    select
        reversals.batch_no,
        reversals.seq,
        reversals.retired_key,
        reversals.request_id,
        reversals.restored
    from ledger.reversals as reversals
    anti join ledger.deliveries as deliveries on deliveries.batch_no = reversals.batch_no
    where reversals.batch_no = (select max(batch_no) from ledger.batches)

)

select
    batches.batch_id,
    count(newest.restored) as restored
from newest
inner join ledger.batches as batches on batches.batch_no = newest.batch_no
where
    not exists (from chosen_reversals)
    and not exists (from newest anti join named_merges using (seq, retired_key))
    and not exists (from undo_requests anti join newest using (request_id))
    and not exists (from undo_contacts anti join newest on newest.retired_key = undo_contacts.contact_key)
group by batches.batch_id
