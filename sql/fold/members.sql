-- members: one row per contact that hangs together with a touched one through standing merges or imported pointers.
create or replace temp table members as
with

touched as (

    select contact_key from touched

),

line as (

    select
        contact_key,
        root_key
    from fold.line

),

roots as (

    select distinct line.root_key
    from line
    inner join touched on touched.contact_key = line.contact_key

),

hanging_together as (

    select line.contact_key
    from line
    inner join roots on roots.root_key = line.root_key

    union

    select contact_key from touched

)

select
    row_number() over (order by contact_key) - 1 as n,
    contact_key
from hanging_together
order by contact_key;

-- member_rows: one row per member that contacts hold: its newest row, so that only this statement looks through all contacts.
create or replace temp table member_rows as
select contacts.*
from raw.contacts as contacts
semi join members on members.contact_key = contacts._cm_key
