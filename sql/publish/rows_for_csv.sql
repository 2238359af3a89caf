-- One row per row of a merged table, as its CSV file has it.
-- grain: one row per row of a merged table
-- reads: {rows}
-- kind: query
select {{ selected }}
from {{ rows }}
