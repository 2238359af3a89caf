-- Deletes the component's rows of a table of kept values or of conflicts.
-- reads: component
-- kind: change {{ table }}
delete from {{ table }}
where contact_key in (select contact_key from component)
