-- One row per row of a child table that the input held; empty where no input had the table.
-- grain: one row per row of a child table that the input held
-- reads: none
-- kind: kept {{ loaded }}
create table if not exists {{ loaded }} (
    {{ key }} varchar,
    contact_id varchar,
    _cm_contact_key uuid
)
