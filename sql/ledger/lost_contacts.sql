-- One row per contact that merges know and the contacts just loaded no longer hold, as they held it before.
create or replace temp table lost_contacts as
select known_before.*
from known_before
anti join raw.contacts as contacts on contacts._cm_key = known_before._cm_key
