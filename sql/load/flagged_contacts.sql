-- One row per contact whose row, just loaded, says that it is deleted, and has no pointer of its own.
-- grain: one row per contact whose row says that it is deleted
-- reads: {loaded}
-- kind: temp table flagged_contacts
select _cm_key as contact_key
from {{ loaded }}
where {{ flag }} and {{ alone }}  -- rule: flagged-with-a-pointer
