-- Notes the contacts in which the text of a field is an object.
-- reads: objects_frame
-- kind: change json_objects
update json_objects
set is_object_{{ field.i }} = true
where cast(contact_key as varchar) in (select key from objects_frame)
