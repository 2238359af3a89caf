-- One row per contact that is connected with an affected one through active merges or imported pointers, with effect or not.
-- grain: one row per contact that is connected with an affected one through active merges or imported pointers
-- reads: affected, fold.idle_pointers, fold.line
-- kind: temp table component
with

affected as (

    select contact_key from affected

),

line as (

    select
        contact_key,
        root_key
    from fold.line

),

roots as (

    select line.root_key
    from line
    inner join affected on affected.contact_key = line.contact_key

    union

    select contact_key from affected

),

{# A pointer without effect is one of the contact in which a line ends, so that a circle joins whole lines. #}
circles as (

    select distinct idle.circle_key
    from fold.idle_pointers as idle
    semi join roots on roots.root_key = idle.contact_key

),

ends as (

    select root_key from roots

    union

    select idle.contact_key
    from fold.idle_pointers as idle
    semi join circles on circles.circle_key = idle.circle_key  -- rule: circle-far-away

),

connected as (

    select line.contact_key
    from line
    inner join ends on ends.root_key = line.root_key

    union

    select root_key from ends

)

select
    row_number() over (order by contact_key) - 1 as n,
    contact_key
from connected
order by contact_key
