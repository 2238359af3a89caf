-- Ends that restored contacts are in force, for contacts are loaded whole: only those of later undos are. Where this batch adds
-- nothing to the ledger its number is given again, so it counts as later.
-- reads: ledger.batches
-- kind: change ledger.warehouse
update ledger.warehouse
set restored_since = (select coalesce(max(batches.batch_no), 0) from ledger.batches as batches)
