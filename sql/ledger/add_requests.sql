-- Adds one row per request of this batch; their extra columns are kept too.
-- grain: one row per request of this batch
-- reads: decisions, ordered_requests
-- kind: insert into ledger.requests by name
select
    requests.seq,
    cast($batch_no as bigint) as batch_no,
    requests.request_id,
    requests.primary_id,
    requests.duplicate_ids,
    requests.overwrite,
    requests.dry_run,
    requests.idempotency_key,
    requests.api_key_id,
    requests.requested_at,
    requests.body_hash,
    decisions.counted,
    decisions.first_use,
    decisions.replay_of
    {%- for name in extra_columns %},
    requests.{{ name | ident }}
    {%- endfor %}

from ordered_requests as requests
inner join decisions on decisions.seq = requests.seq
order by requests.seq
