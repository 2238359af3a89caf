-- Deletes a batch that added nothing.
-- reads: none
-- kind: change ledger.batches
delete from ledger.batches
where batch_no = $batch_no
