-- grain: one row per contact that an accepted request of this batch names
-- reads: accepted_contacts
-- kind: temp table affected
select distinct contact_key
from accepted_contacts
