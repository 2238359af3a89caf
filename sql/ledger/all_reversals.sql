-- One row per reversal of the ledger and of this batch.
-- grain: one row per reversal
-- reads: chosen_reversals, ledger.reversals
-- kind: temp view all_reversals
select
    seq,
    retired_key
from ledger.reversals
{% if of_batch %}

union all

select
    seq,
    retired_key
from chosen_reversals
{% endif %}
