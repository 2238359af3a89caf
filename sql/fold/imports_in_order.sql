-- One row per imported pointer of the component, batch by batch.
-- grain: one row per imported pointer of the component
-- reads: component_imports
-- kind: query
select
    batch_no,
    d,
    t
from component_imports
order by batch_no, d
