-- One row, none in a new ledger: the newest batch.
-- grain: one row
-- reads: ledger.batches
-- kind: query
select
    batch_id,
    digest,
    as_of
from ledger.batches
order by batch_no desc
limit 1
