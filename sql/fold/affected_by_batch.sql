-- One row per contact that an accepted request of this batch names.
create or replace temp table affected as
select distinct contact_key
from accepted_contacts
