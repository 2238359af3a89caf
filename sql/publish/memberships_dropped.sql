-- The number of memberships that the requests of batch $batch_no drop, from merged/dropped_children.parquet.
-- grain: one row
-- reads: ledger.merges, {dropped_children}
-- kind: query
select count(*) as memberships_dropped
from {{ dropped_children }} as dropped
semi join ledger.merges as merges on merges.request_id = dropped.request_id and merges.batch_no = $batch_no
