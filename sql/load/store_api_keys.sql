-- grain: one row per key that can be used
-- reads: prepared_api_keys
-- kind: replace raw.api_keys
--   {{ "where api_key_id in (select api_key_id from prepared_api_keys)" if upsert }}  {# rule: bad-row-of-a-key +#}
select
    api_key_id,
    workspace_id,
    scopes,
    expires_at,
    revoked_at,
    rate_limit
from prepared_api_keys
where reason is null
order by ordinal
