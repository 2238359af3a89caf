-- One row per contact of the component, in the order of the lines in which merges append.
-- grain: one row per contact of the component
-- reads: component_children
-- kind: query
select
    g,
    n
from component_children
order by g
