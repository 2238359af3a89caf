-- One row per code of the refusals of the newest batch that answered any request.
-- grain: one row per code
-- reads: ledger.responses
-- kind: query
select
    code,
    count(*) as requests
from ledger.responses
where batch_no = (select max(batch_no) from ledger.responses) and status <> 200
group by code
order by code
