-- One row per new request: what steps 1 to 5 look at.
-- grain: one row per new request
-- reads: ordered_requests
-- kind: query
select
    seq,
    request_id,
    primary_id,
    duplicate_ids,
    duplicates_readable,
    overwrite,
    overwrite_readable,
    dry_run,
    dry_run_readable,
    idempotency_key,
    api_key_id,
    requested_at
from ordered_requests
order by seq
