-- One row per member: the part of the JSON fold that it is in, and its number there, from 0. What hangs together is in one part,
-- for its objects are needed at once; so is what dry runs of this batch look at (part 0), for they look across what hangs together.
create or replace temp table json_chunks as
with

numbered as (

    select
        n,
        contact_key,
        root,
        row_number() over (order by root, n) - 1 as place
    from member_line

),

{% if answering %}
previewed as (

    select distinct root
    from stretches
    where dry_run

),

{% endif %}
first_places as (

    select
        root,
        min(place) as place
    from numbered
    group by root

),

chunks as (

    select
        numbered.n,
        numbered.contact_key,
        {% if answering %}
        case when previewed.root is null then 1 + first_places.place // $size else 0 end as chunk
        {% else %}
        1 + first_places.place // $size as chunk
        {% endif %}
    from numbered
    inner join first_places on first_places.root = numbered.root
    {% if answering %}
    left join previewed on previewed.root = numbered.root
    {% endif %}

)

select
    n,
    contact_key,
    chunk,
    row_number() over (partition by chunk order by n) - 1 as number
from chunks
order by chunk, number
