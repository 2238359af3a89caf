{% from "merged/_survivor.sql" import survivor_id %}
-- Each raw list membership is in the merged table once, or was dropped because its survivor is on the list anyway.
-- One row per list and contact with another number of merged rows than the raw ones make.
with

homes as (

    select
        retired_key,
        survivor_key,
        survivor_id
    from fold.redirects
    where is_contact

),

memberships as (

    select
        cast(memberships.list_id as varchar) as list_id,
        cast(memberships.contact_id as varchar) as contact_id,
        coalesce(homes.survivor_key, memberships._cm_contact_key) as contact_key,
        homes.survivor_key,
        homes.survivor_id
    from raw.list_memberships as memberships
    left join homes on homes.retired_key = memberships._cm_contact_key

),

own as (

    select * from memberships where survivor_id is null

),

inherited as (

    select distinct
        memberships.list_id,
        cast({{ survivor_id("memberships", contact_id_type) }} as varchar) as contact_id
    from memberships
    anti join own on own.list_id = memberships.list_id and own.contact_key = memberships.contact_key
    where memberships.survivor_id is not null

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
