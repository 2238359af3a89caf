-- One row per member: its id as contacts spell it, or where they lost it as the ledger last saw it; null where neither knows it.
create or replace temp table spelled as
with

lost as (

    select
        seen._cm_key as contact_key,
        cast(arg_max(seen.id, seen._cm_batch) as varchar) as id
    from ledger.seen as seen
    semi join members on members.contact_key = seen._cm_key
    anti join member_rows as contacts on contacts._cm_key = seen._cm_key
    group by seen._cm_key

),

ids as (

    select
        _cm_key as contact_key,
        cast(id as varchar) as id
    from member_rows

    union all

    select * from lost

)

select
    members.n,
    members.contact_key,
    ids.id
from members
left join ids on ids.contact_key = members.contact_key
