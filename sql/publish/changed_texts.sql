-- One row per contact in which this batch would change a JSON field: its text before and after.
-- grain: one row per contact
-- reads: before_merge, merged.contacts
-- kind: query
select
    cast(after.id as varchar) as contact_id,
    {{ field.of("before") }} as text_before,
    {{ field.of("after") }} as text_after
from before_merge as before
inner join merged.contacts as after on after.id = before.id
where before.{{ field.column | ident }} is distinct from after.{{ field.column | ident }}
