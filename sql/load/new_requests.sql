-- One row per request that is not in the ledger yet, in input order, as it was sent.
--   request_id, primary_id, idempotency_key, api_key_id: as sent, null where empty
--   duplicate_ids: as sent, an empty id null; null where absent or unreadable
--   duplicates_readable: false where duplicate_ids is there and no list
--   overwrite, dry_run: false where absent; overwrite_readable, dry_run_readable: false where there is something else
--   requested_at: an instant, never null
--   body_hash: md5 of all these but the id, which shows the same id with another body; then the user's extra columns
-- grain: one row per request that is not in the ledger yet
-- reads: prepared_requests, staged_requests
-- kind: temp table new_requests
select
    prepared.request_id,
    prepared.primary_id,
    prepared.duplicate_ids,
    prepared.duplicate_ids is not null or prepared.duplicates_text is null as duplicates_readable,
    coalesce(prepared.overwrite_flag, false) as overwrite,
    prepared.overwrite_flag is not null as overwrite_readable,
    coalesce(prepared.dry_run_flag, false) as dry_run,
    prepared.dry_run_flag is not null as dry_run_readable,
    prepared.idempotency_key,
    prepared.api_key_id,
    prepared.requested_at,
    prepared.body_hash{% for name in extra_columns %},
    staged.{{ name | ident }}{% endfor %}

from prepared_requests as prepared
inner join staged_requests as staged on staged.{{ row_id }} = prepared.row_id
where prepared.reason is null and prepared.occurrence = 1 and not prepared.in_ledger
order by prepared.ordinal
