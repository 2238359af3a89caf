-- One row per request that an undo names, in order: what it was answered, null where the ledger does not have it.
-- Then how many contacts it merged, how many of those are named, and how many of these are still active.
-- grain: one row per request that an undo names
-- reads: ledger.merges, ledger.responses, named_merges, undo_requests
-- kind: query
with

requests as (

    select * from undo_requests

),

merges as (

    select
        merges.request_id,
        count(*) as merged
    from ledger.merges as merges
    semi join requests on requests.request_id = merges.request_id
    group by merges.request_id

),

named as (

    select
        request_id,
        count(*) as named,
        count(*) filter (where is_active) as active
    from named_merges
    group by request_id

)

select
    requests.request_id,
    case
        when responses.replayed then 'it was a replay'
        when responses.status <> 200 then 'it was refused: ' || responses.status || ' ' || responses.code
        when responses.dry_run then 'it was a dry run'
        when responses.seq is not null then 'every duplicate was the primary already'
    end as answered,
    coalesce(merges.merged, 0) as merged,
    coalesce(named.named, 0) as named,
    coalesce(named.active, 0) as active
from requests
left join ledger.responses as responses on responses.request_id = requests.request_id
left join merges on merges.request_id = requests.request_id
left join named on named.request_id = requests.request_id
order by requests.index
