-- Adds one row per line that cannot be read as a row.
-- grain: one row per line that cannot be read as a row
-- reads: broken_lines
-- kind: insert into raw.rejects by name
select *
from broken_lines
