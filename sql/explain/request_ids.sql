-- One row per request of some positions: its id.
-- grain: one row per request
-- reads: ledger.requests
-- kind: query
select
    seq,
    request_id
from ledger.requests
where seq in (select unnest(cast($seqs as bigint[])))
