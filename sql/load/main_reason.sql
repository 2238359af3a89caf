-- One row: the most frequent reason for which rows of a table are rejected.
-- grain: one row
-- reads: raw.rejects
-- kind: query
select reason
from raw.rejects
where table_name = $table
group by reason
order by count(*) desc, reason
limit 1
