-- One row per merge of a batch, the first ones: what it brought, and how many merges there are.
-- grain: one row per merge
-- reads: ledger.batches, ledger.merges
-- kind: query
select
    merges.request_id,
    merges.retired_id,
    merges.primary_id,
    array_to_string(merges.fields_populated, ', ') as populated,
    {% for kind in kinds %}{{ " + " if not loop.first }}merges.counts.{{ kind | ident }}{% else %}0{% endfor %} as moved,
    count(*) over () as merges_of_batch
from ledger.merges as merges
semi join ledger.batches as batches on batches.batch_no = merges.batch_no and batches.batch_id = $batch_id
order by merges.seq, merges.ordinal
limit $previewed
