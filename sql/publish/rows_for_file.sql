-- One row per row of a merged table, as its file has it.
-- A row that never comes lets every column be null. Without it a file would mark a column as never null wherever DuckDB
-- happens to know, and schemas of the same table would differ.
-- grain: one row per row of a merged table
-- reads: {rows}
-- kind: query
select {{ selected }}
from {{ rows }}

union all

select {% for _ in columns %}{{ ", " if not loop.first }}null{% endfor %}

where random() < 0
