-- One row per table with rejects: how many of its rows have any.
-- grain: one row per table
-- reads: raw.rejects
-- kind: query
select
    table_name,
    count(distinct (file, row_number)) as rejected
from raw.rejects
group by table_name
order by table_name
