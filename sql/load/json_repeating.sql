-- One row per line with a member name that stands there twice.
select file_no, line_no, line
from json_line_batches
where len(json_keys(line)) <> len(list_distinct(json_keys(line)));
