-- For provenance_agrees: one row per live contact that merges went into, as merged.
-- grain: one row per live contact that merges went into
-- reads: fold.line, merged.contacts, raw.contacts
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
from merged.contacts as merged_contacts
inner join raw.contacts as contacts on contacts.id = merged_contacts.id
semi join owners on owners.owner_key = contacts._cm_key
