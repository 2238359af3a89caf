-- One row per contact that merges know, as contacts hold it before they are loaded anew.
create or replace temp table known_before as
select contacts.*
from raw.contacts as contacts
semi join fold.line as line on line.contact_key = contacts._cm_key
