-- One row: how many rows a CSV file has, and how many cells of each column are filled. What nobody asks for is not decoded.
-- grain: one row
-- reads: {rows}
-- kind: query
select
    count(*)
    {%- for column in columns %},
    count({{ column | ident }})
    {%- endfor %}

from {{ rows }}
