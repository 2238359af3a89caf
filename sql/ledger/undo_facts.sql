-- One row per request that an undo names (temp table `undo_requests`): what it was answered, null where the ledger does not know
-- it, how many contacts it merged, how many of those are wanted ($contact_key, or all), and how many of these still stand.
with

named as (

    select request_id from undo_requests

),

merges as (

    select
        request_id,
        count(*) as merged,
        count(*) filter (where $contact_key is null or retired_key = cast($contact_key as uuid)) as wanted
    from ledger.merges
    group by request_id

),

chosen as (

    select
        request_id,
        count(*) as standing
    from chosen_reversals
    group by request_id

)

select
    named.request_id,
    case
        when responses.replayed then 'it was a replay'
        when responses.status <> 200 then 'it was refused: ' || responses.status || ' ' || responses.code
        when responses.dry_run then 'it was a dry run'
        when responses.seq is not null then 'every duplicate was the primary already'
    end as answered,
    coalesce(merges.merged, 0) as merged,
    coalesce(merges.wanted, 0) as wanted,
    coalesce(chosen.standing, 0) as standing
from named
left join ledger.responses as responses on responses.request_id = named.request_id
left join merges on merges.request_id = named.request_id
left join chosen on chosen.request_id = named.request_id
