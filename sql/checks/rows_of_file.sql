-- For manifest_files: how many rows a Parquet file says that it holds.
-- grain: one row
-- reads: none
-- kind: query
select num_rows
from parquet_file_metadata({{ file }})
