-- One row per batch that recorded other settings than the one before: the batch, and its settings.
-- grain: one row per batch that recorded other settings than the one before
-- reads: ledger.batches
-- kind: query
select
    batch_no,
    settings
from ledger.batches
where settings is not null
qualify settings is distinct from lag(settings) over (order by batch_no)
order by batch_no
