-- One row per row of ledger.warehouse, which has one: the version of the warehouse.
-- grain: one row per row of ledger.warehouse
-- reads: ledger.warehouse
-- kind: query
select version
from ledger.warehouse
