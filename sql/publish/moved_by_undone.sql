-- For each kind of children the number of rows that the merges undone by batch $batch_no had moved.
-- A row that two duplicates brought counts once where their request is undone.
-- grain: one row
-- reads: ledger.merges, ledger.responses, ledger.reversals
-- kind: query
with

undone as (

    select
        merges.seq
        {%- for kind in kinds %},
        sum(merges.counts.{{ kind | ident }}) as {{ ("of " ~ kind) | ident }}
        {%- endfor %}

    from ledger.merges as merges
    semi join ledger.reversals as reversals
        on reversals.seq = merges.seq and reversals.retired_key = merges.retired_key and reversals.batch_no = $batch_no
    group by merges.seq

)

select
    {% for kind in kinds %}
    cast(coalesce(sum(least(undone.{{ ("of " ~ kind) | ident }}, responses.counts.{{ kind | ident }})), 0) as bigint)
        as {{ kind | ident }}{{ "," if not loop.last }}
    {% endfor %}
from undone
inner join ledger.responses as responses on responses.seq = undone.seq
