-- One row per batch whose events stand in no file yet.
-- grain: one row per batch
-- reads: ledger.batches, ledger.deliveries
-- kind: query
select
    batch_no,
    batch_id,
    kind,
    event
from ledger.batches
anti join ledger.deliveries using (batch_no)
order by batch_no
