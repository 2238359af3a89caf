-- No row: what a load made of a table, with the columns of the one that was set aside.
-- grain: one row per row of the input, which has none
-- reads: {earlier}
-- kind: table {{ loaded }}
select *
from {{ earlier }}
limit 0
