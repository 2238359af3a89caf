-- Records the guards that a batch passed.
-- reads: none
-- kind: change ledger.batches
update ledger.batches
set allowed = $guards
where batch_no = $batch_no
