-- One row per merge that an undo names, active or undone already: of its requests (temp table `undo_requests`), of its contacts
-- (`undo_contacts`), or of the batch $batch_no. Where it names requests and contacts, only of these requests these contacts.
create or replace temp table named_merges as
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
;

-- One row per merge to be undone: those named that are still active.
-- Ids as they are spelled now; redirects have them of contacts that the export lost, too.
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
inner join named_merges as named on named.seq = merges.seq and named.retired_key = merges.retired_key
left join fold.redirects as redirects
    on redirects.retired_key = merges.retired_key and redirects.seq = merges.seq
where named.is_active
order by merges.seq, merges.ordinal
