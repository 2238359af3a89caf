-- Deletes the component's rows of a table of JSON fields.
-- reads: component
-- kind: change {{ table }}
delete from {{ table }}
where contact_key in (select contact_key from component)
