-- One row per member that contacts hold: its newest row, so that only this statement looks through all contacts.
create or replace temp table member_rows as
select contacts.*
from raw.contacts as contacts
semi join members on members.contact_key = contacts._cm_key
