-- One row per row of staged_requests: what it says, whether the ledger has it, and the reason why it cannot be used.
-- That is a row without request_id or requested_at, and a second body under one id; the same row twice counts once.
-- grain: one row per row of staged_requests
-- reads: ledger.requests, staged_requests
-- kind: temp table prepared_requests
with

sent as (

    select
        {{ row_id }} as row_id,
        {{ row_id }} - (select min({{ row_id }}) from staged_requests) as ordinal,
        {{ text.request_id }} as request_id,
        {{ text.primary_id }} as primary_id,
        cast({{ duplicates.list }} as varchar[]) as duplicate_ids,  -- of a column that is not there it has no type
        {{ duplicates.text }} as duplicates_text,
        {{ text.overwrite }} as overwrite_text,
        {{ text.dry_run }} as dry_run_text,
        {{ text.idempotency_key }} as idempotency_key,
        {{ text.api_key_id }} as api_key_id,
        {{ text.requested_at }} as requested_text,
        {{ requested_at }} as requested_at
    from staged_requests

),

read as (

    select
        *,
        flag(overwrite_text) as overwrite_flag,
        flag(dry_run_text) as dry_run_flag,
        case
            when request_id is null then 'request_id is missing'
            when requested_text is null then 'requested_at is missing'  -- rule: without-time
            when coalesce(year(timezone('UTC', requested_at)) not between 1 and 9999, true) then 'requested_at is no time'
        end as problem
    from sent

),

hashed as (

    select
        *,
        md5(concat_ws(
            '|',
            framed(primary_id),
            case
                when duplicate_ids is null then framed(duplicates_text)
                else '[' || array_to_string(list_transform(duplicate_ids, lambda element: framed(element)), ',') || ']'
            end,
            coalesce(cast(overwrite_flag as varchar), framed(overwrite_text)),
            coalesce(cast(dry_run_flag as varchar), framed(dry_run_text)),
            framed(idempotency_key),
            framed(api_key_id),
            cast(epoch_us(requested_at) as varchar))) as body_hash
    from read

),

numbered as (

    select
        *,
        row_number() over same_id as occurrence,
        first_value(body_hash) over same_id as first_hash
    from hashed
    window same_id as (partition by request_id, problem is null order by ordinal)

),

{# Without the user's columns, which may have any name. #}
known as (

    select
        request_id as known_id,
        body_hash as known_hash
    from ledger.requests

)

select
    numbered.*,
    known_hash is not null as in_ledger,
    coalesce(
        problem,
        case
            when known_hash <> body_hash  -- rule: another-body
                then 'the ledger has this request_id with another body; a corrected request needs a new request_id'
            when known_hash is null and first_hash <> body_hash then 'an earlier row has the same request_id with another body'
        end) as reason
from numbered
left join known on known.known_id = numbered.request_id
