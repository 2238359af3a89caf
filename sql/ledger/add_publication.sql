-- Adds one row: the files that are staged in this transaction.
-- grain: one row
-- reads: none
-- kind: insert into ledger.publications
select $token
