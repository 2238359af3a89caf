-- grain: one row per new request
-- reads: decisions_frame
-- kind: temp table decisions
select *
from decisions_frame
order by seq
