-- One row per row of a snapshot.
-- grain: one row per row of a snapshot
-- reads: {replaced}
-- kind: table {{ target }}
select *
from {{ replaced }}
