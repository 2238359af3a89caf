-- One row per contact of the component, in the order of the lines in which merges append.
-- grain: one row per contact of the component
-- reads: membership_line
-- kind: query
select n
from membership_line
order by g
