-- One row per batch of an id or a number.
-- grain: one row per batch
-- reads: ledger.batches
-- kind: query
select
    batch_no,
    kind
from ledger.batches
where batch_id = $batch or batch_no = try_cast($batch as bigint)
