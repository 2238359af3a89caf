-- One row per retired contact: where it went.
-- grain: one row per retired contact
-- reads: none
-- kind: kept fold.redirects
create table if not exists fold.redirects (
    retired_key {{ key_type }} not null,
    retired_id varchar not null,
    target_key {{ key_type }} not null,
    primary_id varchar not null,
    survivor_key {{ key_type }},
    survivor_id varchar,
    is_contact boolean not null,
    seq bigint,
    request_id varchar,
    retired_at timestamptz not null
);

comment on table fold.redirects is 'One row per retired contact: where it went.';
comment on column fold.redirects.retired_key is 'The retired contact.';
comment on column fold.redirects.retired_id is 'The retired contact, as contacts spelled it.';
comment on column fold.redirects.target_key is 'The contact that it was merged into.';
comment on column fold.redirects.primary_id is 'The contact that it was merged into, as contacts spelled it.';
comment on column fold.redirects.survivor_key is 'Where the pointers end; null for a circle.';
comment on column fold.redirects.survivor_id is 'Where the pointers end, as contacts spelled it; null for a circle.';
comment on column fold.redirects.is_contact is 'Whether they end in a contact, live or deleted, so that child rows follow.';
comment on column fold.redirects.seq is 'The request''s position among all ever processed; null for an imported pointer.';
comment on column fold.redirects.request_id is 'The request that retired it; null for an imported pointer.';
comment on column fold.redirects.retired_at is 'When it was retired.';
