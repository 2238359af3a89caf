-- Adds one row per line that is no row, and whose key can be read nevertheless.
-- grain: one row per key of a line that is no row
-- reads: broken_keys
-- kind: insert into rejected_keys
select *
from broken_keys
