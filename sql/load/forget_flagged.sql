-- Forgets how new the rows were that deleted contacts of which there is a row again.
-- reads: {loaded}
-- kind: change raw._cm_flagged
delete from raw._cm_flagged
where contact_key in (select _cm_key from {{ loaded }})
