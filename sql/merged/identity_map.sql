-- One row per contact id, live or retired: who it is now.
-- grain: one row per contact id, live or retired
-- reads: fold.redirects, raw._cm_entity
-- kind: view merged.identity_map
with

live as (

    select contacts._cm_id as contact_id
    from raw._cm_entity as contacts
    anti join fold.redirects as redirects on redirects.retired_key = contacts._cm_key

),

retired as (

    select
        retired_id as contact_id,
        survivor_id
    from fold.redirects

)

select
    contact_id,
    contact_id as survivor_id
from live

union all

select
    contact_id,
    survivor_id
from retired;

comment on view merged.identity_map is 'One row per contact id, live or retired: who it is now.';
comment on column merged.identity_map.contact_id is 'A contact, live or retired.';
comment on column merged.identity_map.survivor_id is 'The contact that it is now; null for a circle of imported pointers.'
