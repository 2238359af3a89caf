-- The table of new requests for an input without merge_requests: no rows, the columns of new_requests.sql.
create or replace temp table new_requests (
    request_id varchar,
    primary_id varchar,
    duplicate_ids varchar[],
    duplicates_readable boolean,
    overwrite boolean,
    overwrite_readable boolean,
    dry_run boolean,
    dry_run_readable boolean,
    idempotency_key varchar,
    api_key_id varchar,
    requested_at timestamptz,
    body_hash varchar
);
