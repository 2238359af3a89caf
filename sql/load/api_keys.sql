-- One row per key (SEMANTICS.md, 'Tables'). Secrets are no columns of ours.
-- grain: one row per key
-- reads: none
-- kind: kept raw.api_keys
create table if not exists raw.api_keys (
    api_key_id varchar,
    workspace_id varchar,
    scopes varchar[],
    expires_at timestamptz,
    revoked_at timestamptz,
    rate_limit bigint
)
