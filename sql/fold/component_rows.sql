-- One row per contact of the component that contacts hold: its newest row. Only this statement reads all contacts.
-- grain: one row per contact of the component that contacts hold
-- reads: component, raw._cm_entity
-- kind: temp table component_rows
select contacts.*
from raw._cm_entity as contacts
semi join component on component.contact_key = contacts._cm_key
