-- One row per merge of the ledger and of this batch.
-- grain: one row per merge
-- reads: ledger.merges, new_merges
-- kind: temp view all_merges
select * exclude (fields_populated, counts)
from ledger.merges
{% if of_batch %}

union all

select *
from new_merges
{% endif %}
