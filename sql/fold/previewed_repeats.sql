-- One row per duplicate of a dry run: the rows that it would bring, and that an earlier one of the request brings, too.
-- grain: one row per duplicate of a dry run
-- reads: component_named, membership_line, stretches
-- kind: query
with

spans as (

    select
        stretches.seq,
        stretches.ord,
        line.g as first_g,
        line.g + stretches.last_membership - stretches.first_membership as last_g
    from stretches
    inner join membership_line as line on line.n = stretches.n
    where stretches.dry_run and stretches.ord > 0

),

brought as (

    select distinct
        spans.seq,
        spans.ord,
        named._cm_row
    from spans
    inner join component_named as named on named.g between spans.first_g and spans.last_g

),

placed as (

    select
        seq,
        ord,
        row_number() over (partition by seq, _cm_row order by ord) as place
    from brought

)

select
    seq,
    ord,
    count(*) as repeats
from placed
where place > 1
group by seq, ord
