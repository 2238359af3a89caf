-- One row per request ever answered, with the extra columns of the request.
-- grain: one row per request ever answered
-- reads: ledger.requests, ledger.responses
-- kind: view merged.merge_responses
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
    {% for name in extra %}
    requests.{{ name | ident }},
    {% endfor %}
from ledger.responses as responses
inner join ledger.requests as requests on requests.seq = responses.seq;

comment on view merged.merge_responses is 'One row per request ever answered, with the extra columns of the request.';

comment on column merged.merge_responses.request_id is 'The request.';
comment on column merged.merge_responses.status is 'HTTP status that the endpoint would have given.';
comment on column merged.merge_responses.code is 'Error code; null when 200.';
comment on column merged.merge_responses.message is 'What was wrong, one reason per bad id; null when 200.';
comment on column merged.merge_responses."primary" is 'The primary contact after the request, as JSON; null when refused.';
comment on column merged.merge_responses.merged_ids is 'The duplicates that were (or, in a dry run, would be) retired.';
comment on column merged.merge_responses.fields_populated is 'Fields whose value differs from before, in column order.';
comment on column merged.merge_responses.counts is
    'Rows that moved to the primary, by kind; null when refused, and for kinds that there were not then.';
comment on column merged.merge_responses.dry_run is 'Whether only a preview was asked for.';
comment on column merged.merge_responses.replayed is
    'Whether this is the response of an earlier request with the same idempotency key.';
comment on column merged.merge_responses.rate_limit_limit is 'Requests a minute that the key may send.';
comment on column merged.merge_responses.rate_limit_remaining is 'How many of them were left after this one.';
comment on column merged.merge_responses.rate_limit_reset is 'End of the minute, in seconds since 1970 UTC.';
comment on column merged.merge_responses.batch_id is 'The batch that answered it.';
comment on column merged.merge_responses.processed_at is 'The time of that batch.';
{% for name in extra %}
comment on column merged.merge_responses.{{ name | ident }} is
    {{ ("Extra column " ~ name ~ " of the request, as sent.") | literal }};
{% endfor %}
