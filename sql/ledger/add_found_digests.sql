-- Adds one row per batch whose rows were digested, under the name by which the batch sealed the table.
-- grain: one row per batch whose rows were digested
-- reads: row_digests
-- kind: insert into found_digests
select
    batch_no,
    $name,
    row_count,
    digest
from row_digests
