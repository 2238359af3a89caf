-- One row per idempotency key of this batch that was used before: its newest first use.
-- grain: one row per idempotency key of this batch that was used before
-- reads: ledger.requests, ordered_requests
-- kind: query
with

ordered_requests as (

    select * from ordered_requests

),

wanted as (

    select distinct
        api_key_id,
        idempotency_key
    from ordered_requests
    where idempotency_key is not null

),

first_uses as (

    select
        requests.api_key_id,
        requests.idempotency_key,
        requests.requested_at,
        requests.request_id,
        row_number() over (
            partition by requests.api_key_id, requests.idempotency_key  -- rule: key-space-over-runs
            order by requests.seq desc
        ) as newest
    from ledger.requests as requests
    inner join wanted
        on wanted.idempotency_key = requests.idempotency_key
        and wanted.api_key_id is not distinct from requests.api_key_id
    where requests.first_use

)

select
    api_key_id,
    idempotency_key,
    requested_at,
    request_id
from first_uses
where newest = 1
