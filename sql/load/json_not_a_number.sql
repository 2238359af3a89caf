-- grain: one row per line that may hold NaN or Infinity outside of text
-- reads: json_line_batches
-- kind: query
select file_no, line_no, line
from json_line_batches
where regexp_matches(line, '(?i)[:\[,]\s*[+-]?(nan|inf)')
