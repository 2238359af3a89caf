-- One row per row of staged_api_keys, with the reason why it cannot be used.
-- That is a row without a key, with a value that its column cannot hold, or with the key of an earlier one. Where the key of an
-- unusable row can be read, it is unknown: no other row of it counts, neither of this input nor of one before.
-- grain: one row per row of staged_api_keys
-- reads: staged_api_keys
-- kind: temp table prepared_api_keys
with

sent as (

    select
        {{ row_id }} as row_id,
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
from judged
