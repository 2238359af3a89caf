-- One row per request ever processed: the response that it got.
-- grain: one row per request ever processed
-- reads: none
-- kind: kept ledger.responses
create table if not exists ledger.responses (
    seq bigint not null,
    batch_no bigint not null,
    request_id varchar not null,
    status integer not null,
    code varchar,
    message varchar,
    "primary" varchar,
    merged_ids varchar[] not null,
    fields_populated varchar[] not null,
    {% if children %}
    counts struct(
        {% for child in children %}
        {{ child.name | ident }} bigint{{ "," if not loop.last }}
        {% endfor %}
    ),
    {% else %}
    counts varchar,
    {% endif %}
    dry_run boolean not null,
    replayed boolean not null,
    rate_limit_limit bigint,
    rate_limit_remaining bigint,
    rate_limit_reset bigint,
    batch_id varchar not null,
    processed_at timestamptz not null
);

comment on table ledger.responses is 'One row per request ever processed: the response that it got.';
comment on column ledger.responses.seq is 'Position of the request among all ever processed.';
comment on column ledger.responses.batch_no is 'The batch that answered it.';
comment on column ledger.responses.request_id is 'The request.';
comment on column ledger.responses.status is 'HTTP status that the endpoint would have given.';
comment on column ledger.responses.code is 'Error code; null when 200.';
comment on column ledger.responses.message is 'What was wrong, one reason per bad id; null when 200.';
comment on column ledger.responses."primary" is 'The primary contact after the request, as JSON; null when refused.';
comment on column ledger.responses.merged_ids is 'The duplicates that were (or, in a dry run, would be) retired.';
comment on column ledger.responses.fields_populated is 'Fields whose value differs from before, in column order.';
comment on column ledger.responses.counts is
    'Rows that moved to the primary, by kind; null when refused, and for kinds that there were not then.';
comment on column ledger.responses.dry_run is 'Whether only a preview was asked for.';
comment on column ledger.responses.replayed is
    'Whether this is the response of an earlier request with the same idempotency key.';
comment on column ledger.responses.rate_limit_limit is 'Requests a minute that the key may send.';
comment on column ledger.responses.rate_limit_remaining is 'How many of them were left after this one.';
comment on column ledger.responses.rate_limit_reset is 'End of the minute, in seconds since 1970 UTC.';
comment on column ledger.responses.batch_id is 'The batch that answered it.';
comment on column ledger.responses.processed_at is 'The time of that batch.';
