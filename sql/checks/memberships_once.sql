{% from "merged/_survivor.sql" import survivor_id %}
-- Each raw list membership is in the merged table once, or was dropped because its survivor is on the list anyway.
-- One row per list and contact with another number of merged rows than the raw ones make.
with

homes as (

    select * from fold.homes

),

memberships as (

    select
        cast(memberships.list_id as varchar) as list_id,
        cast(coalesce({{ survivor_id("homes", contact_id_type) }}, memberships.contact_id) as varchar) as contact_id,
        coalesce(homes.survivor_key, memberships._cm_contact_key) as contact_key,
        coalesce(homes.survivor_key <> homes.contact_key, false) as moves
    from raw.list_memberships as memberships
    left join homes on homes.contact_key = memberships._cm_contact_key

),

own as (

    select * from memberships where not moves

),

inherited as (

    select distinct
        memberships.list_id,
        memberships.contact_id
    from memberships
    anti join own on own.list_id = memberships.list_id and own.contact_key = memberships.contact_key
    where memberships.moves

),

mentions as (

    select list_id, contact_id, 1 as due_rows, 0 as merged_rows from own
    union all
    select list_id, contact_id, 1, 0 from inherited
    union all
    select cast(list_id as varchar), cast(contact_id as varchar), 0, 1 from merged.list_memberships

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
    (select count(*) from raw.list_memberships) as looked_at,
    (select count(*) from raw.list_memberships) - (select count(*) from merged.list_memberships) as excepted
