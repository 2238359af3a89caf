-- For parquet_equal: one row per row of the file of a merged table.
-- grain: one row per row of the file
-- reads: {rows}
-- kind: temp view {{ view }}
select *
from {{ rows }}
