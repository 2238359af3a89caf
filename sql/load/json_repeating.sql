-- grain: one row per line with a key that is written twice
-- reads: json_line_batches
-- kind: query
select file_no, line_no, line
from json_line_batches
where len(json_keys(line)) <> len(list_distinct(json_keys(line)))
