-- One row per request ever processed, as it was sent.
-- grain: one row per request ever processed
-- reads: none
-- kind: kept ledger.requests
create table if not exists ledger.requests (
    seq bigint not null,
    batch_no bigint not null,
    request_id varchar not null,
    primary_id varchar,
    duplicate_ids varchar[],
    overwrite boolean,
    dry_run boolean,
    idempotency_key varchar,
    api_key_id varchar,
    requested_at timestamptz not null,
    body_hash varchar not null,
    counted boolean not null,
    first_use boolean not null,
    replay_of varchar
);

comment on table ledger.requests is 'One row per request ever processed, as it was sent.';
comment on column ledger.requests.seq is 'Position of the request among all ever processed, from 1.';
comment on column ledger.requests.batch_no is 'The batch that processed it.';
comment on column ledger.requests.request_id is 'Id of the request; never processed twice.';
comment on column ledger.requests.primary_id is 'The contact that was to remain, as sent.';
comment on column ledger.requests.duplicate_ids is 'The contacts to fold into it, as sent; null where unreadable.';
comment on column ledger.requests.overwrite is 'Whether values of the duplicates go before those of the primary.';
comment on column ledger.requests.dry_run is 'Whether only a preview was asked for.';
comment on column ledger.requests.idempotency_key is 'Key under which a repeated request gets the first response again.';
comment on column ledger.requests.api_key_id is 'The API key that the request was sent with.';
comment on column ledger.requests.requested_at is 'When the request was sent.';
comment on column ledger.requests.body_hash is 'MD5 of the body: the same id with another hash is rejected.';
comment on column ledger.requests.counted is 'Whether it counted towards its key''s rate limit (it passed steps 1 and 2).';
comment on column ledger.requests.first_use is 'Whether it was the first use of its idempotency key.';
comment on column ledger.requests.replay_of is 'The request whose response was returned again; null where there was none.';
