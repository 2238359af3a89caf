-- One row per request ever answered, with the further columns of the request.
create or replace view merged.merge_responses as
select
    responses.request_id,
    responses.status,
    responses.code,
    responses.message,
    responses."primary",
    responses.merged_ids,
    responses.fields_populated,
    responses.counts,
    responses.dry_run,
    responses.replayed,
    responses.rate_limit_limit,
    responses.rate_limit_remaining,
    responses.rate_limit_reset,
    responses.batch_id,
    responses.processed_at,
    {% for name in further %}
    requests.{{ name | ident }},
    {% endfor %}
from ledger.responses as responses
inner join ledger.requests as requests on requests.seq = responses.seq;

comment on view merged.merge_responses is 'One row per request ever answered, with the further columns of the request.'
