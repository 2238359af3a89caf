{% from "merged/_survivor.sql" import survivor_id %}
-- Each raw list membership is in the merged table once, or a dropped child because its survivor is on the list already.
-- grain: one row per list and contact with another number of merged rows than the raw ones make, and per contact (without a
--   list) with another number of dropped ones
-- reads: fold.child_targets, merged.dropped_children, merged.list_memberships, raw.list_memberships
-- kind: check
with

child_targets as (

    select * from fold.child_targets

),

memberships as (

    select
        memberships.list_id,
        cast(coalesce({{ survivor_id("child_targets", contact_id_type) }}, memberships.contact_id) as varchar) as contact_id,
        coalesce(child_targets.survivor_key, memberships._cm_contact_key) as contact_key,
        child_targets.survivor_id,
        coalesce(child_targets.survivor_key <> child_targets.contact_key, false) as moves
    from raw.list_memberships as memberships
    left join child_targets on child_targets.contact_key = memberships._cm_contact_key

),

own as (

    select * from memberships where not moves

),

inherited as (

    select distinct
        memberships.list_id,
        memberships.contact_id,
        memberships.survivor_id
    from memberships
    anti join own on own.list_id = memberships.list_id and own.contact_key = memberships.contact_key
    where memberships.moves

),

mentions as (

    select list_id, contact_id, 1 as due_rows, 0 as merged_rows from own
    union all
    select list_id, contact_id, 1, 0 from inherited
    union all
    select list_id, cast(contact_id as varchar), 0, 1 from merged.list_memberships
    union all
    select null, survivor_id, 1, 0 from memberships where moves
    union all
    select null, survivor_id, -1, 0 from inherited
    union all
    select null, survivor_id, 0, 1 from merged.dropped_children where "table" = 'list_memberships'

)

select
    list_id,
    contact_id,
    sum(due_rows) as due_rows,
    sum(merged_rows) as merged_rows
from mentions
group by list_id, contact_id
having sum(due_rows) <> sum(merged_rows);

select
    (select count(*) from raw.list_memberships) as rows_checked,
    (select count(*) from merged.dropped_children where "table" = 'list_memberships') as exempt
