-- One row per key (SEMANTICS.md, 'Tables'), from staged_api_keys. Secrets are no columns of ours.
-- A row without a key, with a value that its column cannot hold, or with the key of an earlier one goes to raw.rejects. Where
-- the key of an unusable row can be read, it is unknown: no other row of it counts, neither of this input nor of one before.
create table if not exists raw.api_keys (
    api_key_id varchar,
    workspace_id varchar,
    scopes varchar[],
    expires_at timestamptz,
    revoked_at timestamptz,
    rate_limit bigint
);

create or replace temp table prepared_api_keys as
with

sent as (

    select
        {{ row_id }} - (select min({{ row_id }}) from staged_api_keys) as ordinal,
        {{ text.api_key_id }} as api_key_id,
        {{ text.workspace_id }} as workspace_id,
        {{ scopes.list }} as scopes,
        {{ scopes.text }} as scopes_text,
        {{ text.expires_at }} as expires_text,
        {{ expires_at }} as expires_at,
        {{ text.revoked_at }} as revoked_text,
        {{ revoked_at }} as revoked_at,
        {{ text.rate_limit }} as rate_limit_text
    from staged_api_keys

),

read as (

    select
        *,
        try_cast(regexp_extract(stripped(rate_limit_text), '^([0-9]+)(\.0*)?$', 1) as bigint) as rate_limit
    from sent

),

judged as (

    select
        *,
        case
            when api_key_id is null then 'api_key_id is missing'
            when scopes is null and scopes_text is not null then 'scopes is no list'
            when expires_at is null and expires_text is not null then 'expires_at is no time'
            when revoked_at is null and revoked_text is not null then 'revoked_at is no time'
            when rate_limit is null and rate_limit_text is not null then 'rate_limit is no whole number'
        end as problem
    from read

)

select
    *,
    case
        when problem is not null then problem
        when bool_or(problem is not null) over (partition by api_key_id)
            then 'another row of this api_key_id cannot be used, so the key is unknown'
        when row_number() over (partition by api_key_id order by ordinal) > 1
            then 'an earlier row has the same api_key_id'
    end as reason
from judged;

insert into raw.rejects
select
    $table as table_name,
    row_positions.file,
    row_positions.first_row + prepared.ordinal - row_positions.first_ordinal as row_number,
    prepared.reason,
    {{ raw_row }} as raw
from prepared_api_keys as prepared
asof join row_positions on prepared.ordinal >= row_positions.first_ordinal
inner join staged_api_keys as loaded on loaded.{{ row_id }} - (select min({{ row_id }}) from staged_api_keys) = prepared.ordinal
where prepared.reason is not null
order by prepared.ordinal;

delete from raw.api_keys
{% if upsert %}
where api_key_id in (select api_key_id from prepared_api_keys)  -- rule: bad-row-of-a-key
{% endif %};

insert into raw.api_keys
select api_key_id, workspace_id, scopes, expires_at, revoked_at, rate_limit
from prepared_api_keys
where reason is null
order by ordinal;
