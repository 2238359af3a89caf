-- One row per contact that merges know and the contacts just loaded no longer hold, as they held it before.
create or replace temp table lost_contacts as
select earlier.*
from {{ earlier }} as earlier
semi join fold.line as line on line.contact_key = earlier._cm_key
anti join raw.contacts as contacts on contacts._cm_key = earlier._cm_key
