-- One row per contact that the newest batch, an undo, brought back, in the order of the reversals.
-- A preview lists the first ones.
-- grain: one row per contact
-- reads: ledger.batches, ledger.reversals
-- kind: query
select
    restored_id,
    primary_id,
    request_id
from ledger.reversals
where batch_no = (select max(batch_no) from ledger.batches) and restored is not null
order by ordinal
{% if limit %}
limit {{ limit }}
{% endif %}
