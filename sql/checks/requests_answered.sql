-- Every request has one response, every response its request, and a replay says what the first response said.
-- grain: one row per request of which that is not so
-- reads: ledger.requests, ledger.responses
-- kind: check
with

mentions as (

    select request_id, 1 as requests, 0 as responses from ledger.requests
    union all
    select request_id, 0, 1 from ledger.responses

),

unpaired as (

    select
        request_id,
        sum(requests) as requests,
        sum(responses) as responses,
        'has not one response' as fault
    from mentions
    group by request_id
    having sum(requests) <> 1 or sum(responses) <> 1

),

otherwise_replayed as (

    select
        replays.request_id,
        1 as requests,
        1 as responses,
        'replays another response than the first' as fault
    from ledger.requests as requests
    inner join ledger.responses as replays on replays.seq = requests.seq
    left join ledger.responses as first_responses on first_responses.request_id = requests.replay_of
    where replays.replayed <> (requests.replay_of is not null)
        or (
            replays.replayed
            and (
                replays.status is distinct from first_responses.status
                or replays.code is distinct from first_responses.code
                or replays."primary" is distinct from first_responses."primary"
                or replays.merged_ids is distinct from first_responses.merged_ids
                or replays.fields_populated is distinct from first_responses.fields_populated
                or replays.counts is distinct from first_responses.counts
            )
        )

)

select * from unpaired
union all
select * from otherwise_replayed;

select count(*) as rows_checked
from ledger.requests
