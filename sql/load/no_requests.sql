-- One row per request for an input without merge_requests: no rows, the columns of new_requests.sql.
-- grain: one row per request
-- reads: none
-- kind: temp table new_requests
select
    cast(null as varchar) as request_id,
    cast(null as varchar) as primary_id,
    cast(null as varchar[]) as duplicate_ids,
    cast(null as boolean) as duplicates_readable,
    cast(null as boolean) as overwrite,
    cast(null as boolean) as overwrite_readable,
    cast(null as boolean) as dry_run,
    cast(null as boolean) as dry_run_readable,
    cast(null as varchar) as idempotency_key,
    cast(null as varchar) as api_key_id,
    cast(null as timestamptz) as requested_at,
    cast(null as varchar) as body_hash
where false
