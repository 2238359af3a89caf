-- One row, none in a new ledger: the number of the newest batch, and how many rows have it.
-- grain: one row
-- reads: ledger.batches
-- kind: query
select
    batch_no,
    count(*) as batches
from ledger.batches
group by batch_no
order by batch_no desc
limit 1
