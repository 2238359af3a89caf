-- One row per contact that is shown, and live: the text of a JSON field.
-- grain: one row per contact that is shown, and live
-- reads: raw._cm_entity, to_show, {merged_entity}
-- kind: query
select
    cast(contacts._cm_key as varchar) as contact_key,
    merged_contacts.{{ column | ident }}
from raw._cm_entity as contacts
semi join to_show on to_show.contact_key = contacts._cm_key
inner join {{ merged_entity }} as merged_contacts on merged_contacts.{{ entity.id | ident }} = contacts.{{ entity.id | ident }}
