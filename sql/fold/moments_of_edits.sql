-- One row per batch at which an edit is seen; the last one, null, is what contacts hold now.
-- grain: one row per batch at which an edit is seen
-- reads: edit_candidates
-- kind: query
select distinct batch_no
from edit_candidates
order by batch_no nulls last
