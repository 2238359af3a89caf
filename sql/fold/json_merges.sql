-- One row per request to fold again, in order: active merges, and (`answered`) the requests of this batch, dry runs included.
-- Contacts by their numbers in the chunk that they are in.
-- grain: one row per request to fold again
-- reads: component_merges, json_chunks, stretches
-- kind: temp table json_merges
with

active as (

    select
        component_merges.batch_no,
        component_merges.seq,
        component_merges.p,
        list(duplicates.number order by component_merges.ordinal) as duplicates,
        any_value(component_merges.overwrite) as overwrite,
        false as dry_run,
        false as answered
    from component_merges
    inner join json_chunks as duplicates on duplicates.n = component_merges.d
    {% if answering %}
    anti join stretches on stretches.seq = component_merges.seq
    {% endif %}
    group by component_merges.batch_no, component_merges.seq, component_merges.p

),

{% if answering %}
asked as (

    select
        cast(0 as bigint) as batch_no,
        stretches.seq,
        any_value(stretches.n) filter (where stretches.ord = 0) as p,
        coalesce(
            list(named.number order by stretches.ord) filter (where stretches.ord > 0), cast([] as bigint[])
        ) as duplicates,
        any_value(stretches.overwrite) as overwrite,
        any_value(stretches.dry_run) as dry_run,
        true as answered
    from stretches
    inner join json_chunks as named on named.n = stretches.n
    group by stretches.seq

),

{% endif %}
merges as (

    select * from active
    {% if answering %}
    union all
    select * from asked
    {% endif %}

)

select
    merges.batch_no,
    merges.seq,
    primaries.number as p,
    merges.duplicates,
    merges.overwrite,
    merges.dry_run,
    merges.answered,
    primaries.chunk
from merges
inner join json_chunks as primaries on primaries.n = merges.p
order by merges.seq
