-- grain: one row per line that may hold a number of more than 15 digits or with an exponent of three
-- reads: json_line_batches
-- kind: query
select file_no, line_no, line
from json_line_batches
where regexp_matches(line, '[0-9.]{16}|[0-9.][eE][+-]?[0-9]{3}')
