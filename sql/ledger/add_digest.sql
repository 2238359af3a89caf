-- Adds one row per batch whose rows were digested: the digest of a table, with the table's columns and their types.
-- grain: one row per batch whose rows were digested
-- reads: row_digests
-- kind: insert into ledger.digests
select
    batch_no,
    table_name,
    row_count,
    map($names, $types),
    digest
from row_digests
where table_name = $table
