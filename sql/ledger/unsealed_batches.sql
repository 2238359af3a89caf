-- One row: the batches of a table's rows that no digest seals; null where there is none.
-- grain: one row
-- reads: ledger.digests, ledger.{table}
-- kind: query
select list(distinct {{ batch_column }}) as batches
from ledger.{{ table }}
where {{ batch_column }} not in (select batch_no from ledger.digests where table_name in (select unnest($names)))
