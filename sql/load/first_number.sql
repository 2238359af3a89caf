-- One row: the number of the first row that was loaded.
-- grain: one row
-- reads: {target}
-- kind: query
select min({{ number }}) as first_number
from {{ target }}
