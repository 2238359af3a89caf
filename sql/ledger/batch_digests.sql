-- One row per batch: its digest.
-- grain: one row per batch
-- reads: ledger.batches
-- kind: query
select digest
from ledger.batches
