-- One row per merge that an undo names, active or undone already: of its requests (temp table `undo_requests`), of its contacts
-- (`undo_contacts`), or of the batch $batch_no. Where it names requests and contacts, only of these requests these contacts.
-- grain: one row per merge that an undo names
-- reads: ledger.merges, ledger.reversals, undo_contacts, undo_requests
-- kind: temp table named_merges
select
    merges.seq,
    merges.ordinal,
    merges.request_id,
    merges.retired_key,
    reversals.seq is null as is_active
from ledger.merges as merges
{% if by_request %}
semi join undo_requests on undo_requests.request_id = merges.request_id
{% endif %}
{% if by_contact %}
semi join undo_contacts on undo_contacts.contact_key = merges.retired_key  -- rule: one-of-a-request
{% endif %}
left join ledger.reversals as reversals
    on reversals.seq = merges.seq and reversals.retired_key = merges.retired_key
{% if by_batch %}
where merges.batch_no = $batch_no  -- rule: batch-alone
{% endif %}
