-- One row per row of a Parquet file.
-- grain: one row per row of a Parquet file
-- reads: {rows}
-- kind: query
select *
from {{ rows }}
