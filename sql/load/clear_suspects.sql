-- Takes out the rows that were noted for a text which is an object.
-- reads: none
-- kind: change noted_rows
delete from noted_rows
where suspect in (select unnest($fine))
