-- For parquet_equal: one row per row of the file of a merged table.
-- grain: one row per row of the file
-- reads: {rows}
-- kind: temp view file_{{ table }}
select *
from {{ rows }}
