-- One row per contact that is shown, and live: the text of a JSON field.
-- grain: one row per contact that is shown, and live
-- reads: merged.contacts, raw.contacts, to_show
-- kind: query
select
    cast(contacts._cm_key as varchar) as contact_key,
    merged_contacts.{{ column | ident }}
from raw.contacts as contacts
semi join to_show on to_show.contact_key = contacts._cm_key
inner join merged.contacts as merged_contacts on merged_contacts.id = contacts.id
