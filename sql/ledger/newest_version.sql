-- One row: the version of the warehouse.
-- grain: one row
-- reads: ledger.warehouse
-- kind: query
select max(version) as version
from ledger.warehouse
