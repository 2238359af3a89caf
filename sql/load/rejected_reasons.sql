-- One row per table and reason for which rows are rejected, the most frequent ones first.
-- grain: one row per table and reason
-- reads: raw.rejects
-- kind: query
select
    table_name,
    reason,
    count(*) as entries
from raw.rejects
group by table_name, reason
order by entries desc, table_name, reason
limit 25
