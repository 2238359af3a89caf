-- One row per row of a table, of a thousand, that is rejected for a reason: the row as JSON.
-- grain: one row per row
-- reads: raw.rejects
-- kind: query
select raw
from raw.rejects
where table_name = $table and reason = $reason
limit 1000
