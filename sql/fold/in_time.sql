-- One row per merge and imported pointer of the component, in the order in which they joined lines: the contact that went.
-- grain: one row per merge and imported pointer of the component
-- reads: component_imports, component_merges, imports_frame
-- kind: query
select
    batch_no,
    1 as kind,
    seq as a,
    ordinal as b,
    d as n
from component_merges

union all

select
    imports.batch_no,
    0,
    events.event,
    0,
    imports.d
from imports_frame as events
inner join component_imports as imports on imports.d = events.d
order by batch_no, kind, a, b
