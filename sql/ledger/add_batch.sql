-- Adds one row: the batch that begins.
-- grain: one row
-- reads: none
-- kind: insert into ledger.batches by name
select
    $no as batch_no,
    $id as batch_id,
    $kind as kind,
    $as_of as as_of,
    $settings as settings,
    $event as event
