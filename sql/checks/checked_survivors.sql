-- For provenance_agrees: one row per live contact that merges went into, as merged.
-- grain: one row per live contact that merges went into
-- reads: fold.line, raw._cm_entity, {merged_entity}
-- kind: temp table checked_survivors
with

owners as (

    select distinct owner_key
    from fold.line
    where owner_key <> contact_key

)

select
    contacts._cm_key,
    merged_contacts.*
from {{ merged_entity }} as merged_contacts
inner join raw._cm_entity as contacts on contacts.{{ entity.id | ident }} = merged_contacts.{{ entity.id | ident }}
semi join owners on owners.owner_key = contacts._cm_key
