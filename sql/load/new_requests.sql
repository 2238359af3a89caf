-- new_requests: one row a request that the ledger has not seen yet, in input order, as it was sent; from staged_requests.
--   duplicate_ids: as sent, null where absent or unreadable; an element that is no string is its text, or null where that text would pass for an id
--   *_readable: false where the value cannot be read (validation answers 400)
--   overwrite, dry_run: an absent flag is false
--   body_hash: md5 of the body, so that the same id with another body can be told
-- Rows without request_id or requested_at, and a second body under one id, go to raw.rejects.
create or replace temp table prepared_requests as
with sent as (
    select
        rowid - (select min(rowid) from staged_requests) as ordinal,
        {{ text("request_id") }} as request_id,
        {{ text("primary_id") }} as primary_id,
        {% set kind = columns.get("duplicate_ids", "VARCHAR") %}
        {% if kind == "VARCHAR[]" or kind == "UUID[]" %}
        cast(duplicate_ids as varchar[]) as duplicate_ids,
        cast(duplicate_ids as varchar) as duplicates_text,
        {% elif kind.endswith("[]") %}
        list_transform(cast(duplicate_ids as varchar[]), lambda element: case when uuid_value(element) is null then element end) as duplicate_ids,
        cast(duplicate_ids as varchar) as duplicates_text,
        {% else %}
        {% set spelled = "cast(duplicate_ids as varchar)" if "duplicate_ids" in columns else "cast(null as varchar)" %}
        json_list({{ spelled }}) as duplicate_ids,
        {{ spelled }} as duplicates_text,
        {% endif %}
        {{ text("overwrite") }} as overwrite_text,
        {{ text("dry_run") }} as dry_run_text,
        {{ text("idempotency_key") }} as idempotency_key,
        {{ text("api_key_id") }} as api_key_id,
        {{ text("requested_at") }} as requested_text,
        {% if columns["requested_at"] == "VARCHAR" %}
        try_cast({{ text("requested_at") }} as timestamptz) as requested_at
        {% else %}
        try_cast(requested_at as timestamptz) as requested_at
        {% endif %}
    from staged_requests
),

read as (
    select
        ordinal,
        request_id,
        primary_id,
        duplicate_ids,
        duplicate_ids is not null or is_blank(duplicates_text) as duplicates_readable,
        coalesce(flag(overwrite_text), false) as overwrite,
        flag(overwrite_text) is not null as overwrite_readable,
        coalesce(flag(dry_run_text), false) as dry_run,
        flag(dry_run_text) is not null as dry_run_readable,
        idempotency_key,
        api_key_id,
        case when isfinite(requested_at) then requested_at end as requested_at,
        md5(concat_ws(
            '|',
            framed(primary_id),
            coalesce(
                framed(array_to_string(list_transform(duplicate_ids, lambda element: framed(element)), ',')),
                framed(duplicates_text)),
            coalesce(cast(flag(overwrite_text) as varchar), framed(overwrite_text)),
            coalesce(cast(flag(dry_run_text) as varchar), framed(dry_run_text)),
            framed(idempotency_key),
            framed(api_key_id),
            epoch_us(requested_at))) as body_hash,
        case
            when is_blank(request_id) then 'request_id is missing'
            when is_blank(requested_text) then 'requested_at is missing'
            when requested_at is null or not isfinite(requested_at) then 'requested_at is no time'
        end as problem
    from sent
)

select
    read.*,
    case when read.problem is null then
        coalesce(
            seen.body_hash,
            first_value(read.body_hash) over (
                partition by read.request_id, read.problem is null order by read.ordinal))
    end as first_hash,
    seen.body_hash is not null as in_ledger,
    row_number() over (partition by read.request_id, read.problem is null order by read.ordinal) as occurrence
from read
left join ledger.requests as seen on seen.request_id = read.request_id;

insert into raw.rejects
select
    $table_name as table_name,
    row_places.file,
    row_places.first_row + prepared.ordinal - row_places.first_ordinal as row_number,
    coalesce(
        prepared.problem,
        case when prepared.in_ledger then 'the ledger has this request_id with another body'
            else 'an earlier row has the same request_id with another body' end) as reason,
    to_json(struct_pack({% for name in columns %}{{ name | ident }} := staged.{{ name | ident }}{{ ", " if not loop.last }}{% endfor %})) as raw
from prepared_requests as prepared
asof join row_places on prepared.ordinal >= row_places.first_ordinal
join staged_requests as staged on staged.rowid - (select min(rowid) from staged_requests) = prepared.ordinal
where prepared.problem is not null or prepared.body_hash <> prepared.first_hash
order by prepared.ordinal;

create or replace temp table new_requests as
select
    prepared.request_id,
    prepared.primary_id,
    prepared.duplicate_ids,
    prepared.duplicates_readable,
    prepared.overwrite,
    prepared.overwrite_readable,
    prepared.dry_run,
    prepared.dry_run_readable,
    prepared.idempotency_key,
    prepared.api_key_id,
    prepared.requested_at,
    prepared.body_hash{% for name in further %},
    staged.{{ name | ident }}{% endfor %}

from prepared_requests as prepared
join staged_requests as staged on staged.rowid - (select min(rowid) from staged_requests) = prepared.ordinal
where prepared.problem is null and prepared.occurrence = 1 and not prepared.in_ledger
order by prepared.ordinal;
