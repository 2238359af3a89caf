-- One row per row of a child table that the input held; none where it never came.
create table if not exists raw.{{ table }} (
    {{ key }} varchar,
    contact_id varchar,
    _cm_contact_key uuid
)
