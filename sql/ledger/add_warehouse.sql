-- Adds one row: a new warehouse, with an id of its own.
-- grain: one row
-- reads: none
-- kind: insert into ledger.warehouse by name
select
    $version as version,
    uuid() as warehouse_id
