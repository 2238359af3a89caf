-- Records that the warehouse is of this version now.
-- reads: none
-- kind: change ledger.warehouse
update ledger.warehouse
set version = $version
