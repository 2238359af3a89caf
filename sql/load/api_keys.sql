-- One row per API key (SEMANTICS.md, 'Tables'). Secrets are no columns of ours.
-- grain: one row per API key
-- reads: none
-- kind: kept raw.api_keys
create table if not exists raw.api_keys (
    api_key_id varchar,
    workspace_id varchar,
    scopes varchar[],
    expires_at timestamptz,
    revoked_at timestamptz,
    rate_limit bigint
);

comment on table raw.api_keys is 'One row per API key. Secrets are never stored.';
comment on column raw.api_keys.api_key_id is 'The key''s id.';
comment on column raw.api_keys.workspace_id is 'The workspace whose contacts it may merge; null is every one.';
comment on column raw.api_keys.scopes is 'What it may do.';
comment on column raw.api_keys.expires_at is 'From when on it is invalid; null is never.';
comment on column raw.api_keys.revoked_at is 'From when on it is revoked; null is never.';
comment on column raw.api_keys.rate_limit is 'Requests a minute; null is without limit.';
