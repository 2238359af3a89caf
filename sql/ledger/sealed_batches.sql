-- One row per name that a table had and the columns that it had then: the batches sealed so, the oldest first.
-- grain: one row per name of a table and set of columns
-- reads: ledger.digests
-- kind: query
select
    table_name,
    column_types,
    list(batch_no) as batches
from ledger.digests
where table_name in (select unnest($names))
group by table_name, column_types
order by min(batch_no)
