-- One row per contact in which this batch would change a JSON field: its text before and after.
-- grain: one row per contact
-- reads: before_merge, {merged_entity}
-- kind: query
select
    {{ id_of("after") }} as contact_id,
    {{ field.of("before") }} as text_before,
    {{ field.of("after") }} as text_after
from before_merge as before
inner join {{ merged_entity }} as after on after.{{ entity.id | ident }} = before.{{ entity.id | ident }}
where before.{{ field.column | ident }} is distinct from after.{{ field.column | ident }}
