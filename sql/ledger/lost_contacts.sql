-- One row per contact that merges know and the contacts just loaded no longer hold.
create or replace temp table to_keep as
select known_before._cm_key as contact_key
from known_before
anti join raw.contacts as contacts on contacts._cm_key = known_before._cm_key
