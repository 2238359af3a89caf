-- One row per refusal of the newest batch that answered any request, the first ones.
-- The message of a validation_error quotes what was sent instead of an id, and is left out.
-- grain: one row per refusal
-- reads: ledger.responses
-- kind: query
select
    request_id,
    code,
    case when code <> 'validation_error' then message end as message  -- rule: sent-text
from ledger.responses
where batch_no = (select max(batch_no) from ledger.responses) and status <> 200
order by seq
limit $samples
