-- One row per set of columns that restored contacts in force have: from which batch on such contacts are in force, and the set.
-- grain: one row per set of columns
-- reads: ledger.restored, ledger.warehouse
-- kind: query
select distinct
    coalesce(warehouse.restored_since, 0) as since,
    restored.columns
from ledger.restored as restored
inner join ledger.warehouse as warehouse on restored.batch_no >= coalesce(warehouse.restored_since, 0)
