-- One row per chunk in which a merge is: its number.
-- grain: one row per chunk in which a merge is
-- reads: json_merges
-- kind: query
select distinct chunk
from json_merges
order by chunk
