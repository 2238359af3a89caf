-- One row per contact of some that requests name: its value as text, and its id as contacts spell it.
-- grain: one row per contact
-- reads: named_contacts, numbers_frame
-- kind: query
select
    n,
    cast(contact_key as varchar) as key,
    contact_id
from named_contacts
semi join numbers_frame using (n)
