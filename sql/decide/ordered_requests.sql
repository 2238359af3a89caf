-- One row per new request, in the order of processing: (requested_at, request_id).
-- grain: one row per new request
-- reads: ledger.requests, new_requests
-- kind: temp table ordered_requests
with

new_requests as (

    select * from new_requests

),

processed as (

    select coalesce(max(seq), 0) as last_seq from ledger.requests

)

select
    processed.last_seq
        + row_number() over (order by new_requests.requested_at, new_requests.request_id) as seq,  -- rule: order-of-requests
    new_requests.*
from new_requests
cross join processed
order by seq
