-- One row per API key and minute of this batch: requests that counted towards its rate limit in batches before.
-- grain: one row per API key and minute of this batch
-- reads: ledger.requests, ordered_requests
-- kind: query
with

ordered_requests as (

    select * from ordered_requests

),

minutes as (

    select distinct
        api_key_id,
        epoch_us(requested_at) // 60000000 as minute
    from ordered_requests
    where api_key_id is not null

),

counted as (

    select
        api_key_id,
        epoch_us(requested_at) // 60000000 as minute
    from ledger.requests
    where counted

)

select
    minutes.api_key_id,
    minutes.minute,
    count(*) as earlier
from minutes
inner join counted on counted.api_key_id = minutes.api_key_id and counted.minute = minutes.minute
group by minutes.api_key_id, minutes.minute
