-- One row per request that the newest batch undid, in the order of the reversals.
-- grain: one row per request
-- reads: ledger.batches, ledger.reversals
-- kind: query
select request_id
from ledger.reversals
where batch_no = (select max(batch_no) from ledger.batches)
group by request_id
order by min(ordinal)
