-- One row per request to fold again, in order: standing merges, and (`answered`) the requests of this batch, dry runs included.
create or replace temp table json_merges as
with

standing as (

    select
        member_merges.batch_no,
        member_merges.seq,
        member_merges.p,
        list(member_merges.d order by member_merges.ordinal) as duplicates,
        any_value(member_merges.overwrite) as overwrite,
        false as dry_run,
        false as answered
    from member_merges
    {% if answering %}
    anti join stretches on stretches.seq = member_merges.seq
    {% endif %}
    group by member_merges.batch_no, member_merges.seq, member_merges.p

),

{% if answering %}
asked as (

    select
        cast(0 as bigint) as batch_no,
        seq,
        any_value(n) filter (where ord = 0) as p,
        coalesce(list(n order by ord) filter (where ord > 0), cast([] as bigint[])) as duplicates,
        any_value(overwrite) as overwrite,
        any_value(dry_run) as dry_run,
        true as answered
    from stretches
    group by seq

),

{% endif %}
merges as (

    select * from standing
    {% if answering %}
    union all
    select * from asked
    {% endif %}

)

select
    merges.*,
    json_chunks.chunk
from merges
inner join json_chunks on json_chunks.n = merges.p
order by merges.seq
