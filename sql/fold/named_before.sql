-- One row per contact that a row names behind another one of the same line.
-- grain: one row per contact that a row names behind another one of the same line
-- reads: component_named
-- kind: query
select
    g,
    previous_g
from component_named
where previous_g is not null
