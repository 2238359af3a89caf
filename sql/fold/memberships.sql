-- One row per list membership of the component: where its contact stands, and where one of the same list stands before it,
-- -1 for none.
-- grain: one row per list membership of the component
-- reads: component_lists
-- kind: query
select
    g,
    coalesce(previous_g, -1) as previous_g
from component_lists
