-- No row: a raw table with the columns of the one that was set aside.
-- grain: one row per row of the input, which has none
-- reads: {earlier}
-- kind: table raw.{{ table | ident }}
select *
from {{ earlier }}
limit 0
