-- One row: how many contacts the merges of a batch retired, how many fields they populated,
-- how many rows of each kind they moved.
-- grain: one row
-- reads: ledger.merges, ledger.responses
-- kind: query
with

merges as (

    select
        count(*) as merges,
        coalesce(sum(len(fields_populated)), 0) as populated
    from ledger.merges
    where batch_no = $batch_no

)

select
    any_value(merges.merges),
    any_value(merges.populated)
    {%- for kind in kinds %},
    coalesce(sum(responses.counts.{{ kind | ident }}), 0) as {{ kind | ident }}
    {%- endfor %}

from merges
left join ledger.responses as responses
    on responses.batch_no = $batch_no and responses.status = 200 and not responses.dry_run and not responses.replayed
