{% from "merged/_survivor.sql" import survivor_id %}
-- No contact is on a list twice.
-- grain: one row per list and contact with several merged rows
-- reads: fold.child_targets, merged.list_memberships, raw.list_memberships
-- kind: check
with

id_spellings as (

    select
        cast(contact_id as varchar) as contact_id,
        _cm_contact_key as contact_key
    from raw.list_memberships

    union

    select
        cast({{ survivor_id("child_targets", contact_id_type) }} as varchar),
        survivor_key
    from fold.child_targets as child_targets

)

select
    cast(memberships.list_id as varchar) as list_id,
    min(id_spellings.contact_id) as contact_id,
    count(*) as merged_rows
from merged.list_memberships as memberships
inner join id_spellings on id_spellings.contact_id = cast(memberships.contact_id as varchar)
group by memberships.list_id, id_spellings.contact_key
having count(*) > 1;

select count(*) as rows_checked
from merged.list_memberships
