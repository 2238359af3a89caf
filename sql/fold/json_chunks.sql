-- One row per contact of the component: the chunk of the JSON fold that it is in, and its number there, from 0.
-- Connected contacts are in one chunk, for their objects are needed at once. So are those that dry runs of this batch read
-- (chunk 0), for a dry run may name contacts that are not connected.
-- grain: one row per contact of the component
-- reads: component_line, stretches
-- kind: temp table json_chunks
with

numbered as (

    select
        n,
        contact_key,
        root,
        row_number() over (order by root, n) - 1 as index
    from component_line

),

{% if answering %}
previewed as (

    select distinct root
    from stretches
    where dry_run

),

{% endif %}
first_indexes as (

    select
        root,
        min(index) as index
    from numbered
    group by root

),

chunks as (

    select
        numbered.n,
        numbered.contact_key,
        {% if answering %}
        case when previewed.root is null then 1 + first_indexes.index // $size else 0 end as chunk
        {% else %}
        1 + first_indexes.index // $size as chunk
        {% endif %}
    from numbered
    inner join first_indexes on first_indexes.root = numbered.root
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
