-- One row: the columns of contacts that the last run folded key by key; null where that is not known.
-- grain: one row
-- reads: ledger.warehouse
-- kind: query
select json_fields
from ledger.warehouse
