-- Drops the imported pointers without effect.
-- reads: idle_frame
-- kind: change component_imports
delete from component_imports
where d in (select d from idle_frame)
