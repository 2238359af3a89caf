-- Names the events of batches that were recorded before their word could be set.
-- reads: none
-- kind: change ledger.batches
update ledger.batches
set event = $event
where event is null
