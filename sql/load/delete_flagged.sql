-- Takes out the rows of flagged contacts, or all others.
-- reads: flagged_contacts
-- kind: change {{ table }}
delete from {{ table }}
where _cm_key {{ "not in" if stay else "in" }} (select contact_key from flagged_contacts)
