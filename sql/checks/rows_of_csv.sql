-- For manifest_files: how many rows a CSV file of ours has.
-- grain: one row
-- reads: none
-- kind: query
select count(*) as rows_found
from read_csv(
    {{ file }},
    columns = { {%- for name in names %}{{ name | literal }}: 'varchar'{{ ", " if not loop.last }}{% endfor -%} },
    auto_detect = false,
    header = true,
    delim = ',',
    quote = '"',
    escape = '"',
    nullstr = '',
    max_line_size = 67108864
)
