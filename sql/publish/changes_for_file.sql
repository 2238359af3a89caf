-- One row per contact and field that a dry run would change.
-- grain: one row per contact and field
-- reads: changes
-- kind: query
select *
from changes
