-- Adds one row per value that its type cannot hold, which {{ helper }} has.
-- grain: one row per value that its type cannot hold
-- reads: {target}
-- kind: insert into noted_rows
select
    {{ row_id }} as row_id,
    {{ reason | literal }} as reason,
    cast(null as varchar) as suspect
from {{ target }}
where {{ helper }} is not null
