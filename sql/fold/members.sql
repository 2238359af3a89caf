-- One row per contact that hangs together with a touched one through standing merges or imported pointers.
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
order by contact_key
