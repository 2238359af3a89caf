-- For each kind of children the number of rows that the merges undone by batch $batch_no had moved.
-- grain: one row
-- reads: ledger.merges, ledger.reversals
-- kind: query
select
    {% for kind in kinds %}
    cast(coalesce(sum(merges.counts.{{ kind | ident }}), 0) as bigint) as {{ kind | ident }}{{ "," if not loop.last }}
    {% endfor %}
from ledger.merges as merges
semi join ledger.reversals as reversals
    on reversals.seq = merges.seq and reversals.retired_key = merges.retired_key and reversals.batch_no = $batch_no
