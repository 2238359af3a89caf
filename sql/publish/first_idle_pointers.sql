-- One row per imported pointer without effect, the first ones.
-- grain: one row per imported pointer without effect
-- reads: merged.idle_pointers
-- kind: query
select
    contact_id,
    target_id,
    request_id
from merged.idle_pointers
order by contact_id
limit 10
