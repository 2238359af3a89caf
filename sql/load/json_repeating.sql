-- One row per line with a key that is written twice.
select file_no, line_no, line
from json_line_batches
where len(json_keys(line)) <> len(list_distinct(json_keys(line)));
