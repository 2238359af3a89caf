-- One row: the settings that the newest batch recorded; none where no batch did.
-- grain: one row
-- reads: ledger.batches
-- kind: query
select settings
from ledger.batches
where settings is not null
order by batch_no desc
limit 1
