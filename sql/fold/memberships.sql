-- One row per list membership of the component: where its contact stands, and where one of the same list stands before it.
-- grain: one row per list membership of the component
-- reads: component_lists
-- kind: query
select
    g,
    previous_g
from component_lists
