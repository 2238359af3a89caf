-- Adds one row: a batch whose events are staged in this transaction.
-- grain: one row
-- reads: none
-- kind: insert into ledger.deliveries
select $batch_no
