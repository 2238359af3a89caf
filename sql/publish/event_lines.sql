-- One row per event of a batch: its line, in order.
-- grain: one row per event
-- reads: merged.events
-- kind: query
select line
from merged.events
where batch_no = {{ batch_no }}
order by position
