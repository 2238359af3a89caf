-- grain: one row per line
-- reads: json_line_batches
-- kind: query
select file_no, line_no, line
from json_line_batches
