-- One row: the id of the warehouse.
-- grain: one row
-- reads: ledger.warehouse
-- kind: query
select cast(warehouse_id as varchar) as warehouse_id
from ledger.warehouse
