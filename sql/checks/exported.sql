-- For parquet_equal: one row per row of a merged table, with the types that its file has.
-- grain: one row per row of a merged table
-- reads: merged.{table}
-- kind: query
select {{ selected }}
from merged.{{ table | ident }}
