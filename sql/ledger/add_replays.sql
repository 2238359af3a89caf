-- Adds one row per replay of this batch: the response that is returned again.
-- grain: one row per replay of this batch
-- reads: decisions, ledger.responses, ordered_requests
-- kind: insert into ledger.responses
select
    requests.seq,
    cast($batch_no as bigint),
    requests.request_id,
    first_response.status,
    first_response.code,
    first_response.message,
    first_response."primary",
    first_response.merged_ids,
    first_response.fields_populated,
    first_response.counts,
    first_response.dry_run,
    true,
    decisions.rate_limit_limit,
    decisions.rate_limit_remaining,
    decisions.rate_limit_reset,
    $batch_id,
    cast($as_of as timestamptz)
from ordered_requests as requests
inner join decisions on decisions.seq = requests.seq
inner join ledger.responses as first_response on first_response.request_id = decisions.replay_of
order by requests.seq
