-- One row per row of a file, in its order: the values of its keys.
-- grain: one row per row of a file
-- reads: key_batches
-- kind: table {{ keys }}
select *
from key_batches
