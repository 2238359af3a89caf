-- Drops the edits that a newest row would make, where it is the same as the last merge used it.
-- reads: changed_owners
-- kind: change edit_candidates
delete from edit_candidates
where batch_no is null and n not in (select n from changed_owners)
