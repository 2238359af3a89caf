-- raw.api_keys: one row a key, from staged_api_keys (SEMANTICS.md, 'Tables'). Secrets are none of our columns.
--   scopes: a list; in text a JSON array, or names parted by commas or white space
-- A key that is missing or repeated, or has a value that its column cannot hold, goes to raw.rejects: it is then unknown.
create table if not exists raw.api_keys (
    api_key_id varchar,
    workspace_id varchar,
    scopes varchar[],
    expires_at timestamptz,
    revoked_at timestamptz,
    rate_limit bigint
);

create or replace temp table prepared_api_keys as
with sent as (
    select
        rowid - (select min(rowid) from staged_api_keys) as ordinal,
        {{ text("api_key_id") }} as api_key_id,
        {{ text("workspace_id") }} as workspace_id,
        {{ text("scopes") }} as scopes_text,
        {% if columns.get("scopes", "").endswith("[]") %}
        cast(scopes as varchar[]) as scopes,
        {% else %}
        case
            when regexp_matches({{ text("scopes") }}, '^\s*\[') then json_list({{ text("scopes") }})
            else list_filter(string_split_regex({{ text("scopes") }}, '[\s,]+'), lambda scope: scope <> '')
        end as scopes,
        {% endif %}
        {% for name in ("expires_at", "revoked_at") %}
        {{ text(name) }} as {{ name }}_text,
        try_cast({{ name if name in columns and columns[name] != "VARCHAR" else text(name) }} as timestamptz) as {{ name }},
        {% endfor %}
        {{ text("rate_limit") }} as rate_limit_text,
        case when regexp_full_match({{ text("rate_limit") }}, '\s*[+-]?\d+(\.0*)?\s*')
            then try_cast(trim({{ text("rate_limit") }}) as bigint) end as rate_limit
    from staged_api_keys
)

select
    *,
    row_number() over (partition by api_key_id order by ordinal) as occurrence,
    case
        when is_blank(api_key_id) then 'api_key_id is missing'
        when scopes is null and not is_blank(scopes_text) then 'scopes is no list'
        when expires_at is null and not is_blank(expires_at_text) then 'expires_at is no time'
        when revoked_at is null and not is_blank(revoked_at_text) then 'revoked_at is no time'
        when rate_limit is null and not is_blank(rate_limit_text) then 'rate_limit is no whole number'
    end as problem
from sent;

insert into raw.rejects
select
    $table_name as table_name,
    row_places.file,
    row_places.first_row + prepared.ordinal - row_places.first_ordinal as row_number,
    coalesce(prepared.problem, 'an earlier row has the same api_key_id') as reason,
    to_json(struct_pack({% for name in columns %}{{ name | ident }} := staged.{{ name | ident }}{{ ", " if not loop.last }}{% endfor %})) as raw
from prepared_api_keys as prepared
asof join row_places on prepared.ordinal >= row_places.first_ordinal
join staged_api_keys as staged on staged.rowid - (select min(rowid) from staged_api_keys) = prepared.ordinal
where prepared.problem is not null or prepared.occurrence > 1
order by prepared.ordinal;

delete from raw.api_keys
where {% if upsert %}api_key_id in (select api_key_id from prepared_api_keys where problem is null){% else %}true{% endif %};

insert into raw.api_keys
select api_key_id, workspace_id, scopes, expires_at, revoked_at, rate_limit
from prepared_api_keys
where problem is null and occurrence = 1
order by ordinal;
