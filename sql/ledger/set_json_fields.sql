-- Records the columns of contacts that are folded key by key; null where that is not known.
-- reads: none
-- kind: change ledger.warehouse
update ledger.warehouse
set json_fields = $names
