-- One row per contact of the component that contacts hold: its newest row. Only this statement reads all contacts.
create or replace temp table component_rows as
select contacts.*
from raw.contacts as contacts
semi join component on component.contact_key = contacts._cm_key
