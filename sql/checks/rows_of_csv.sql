-- For manifest_files: how many rows a CSV file of ours has.
-- grain: one row
-- reads: {rows}
-- kind: query
select count(*) as rows_found
from {{ rows }}
