-- One row per line that may hold NaN or Infinity outside of text.
select file_no, line_no, line
from json_line_batches
where regexp_matches(line, '(?i)[:\[,]\s*[+-]?(nan|inf)');
