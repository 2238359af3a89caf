-- One row per contact of the component that any active merge or imported pointer names: its position in its survivor's lines.
-- grain: one row per contact of the component that any active merge or imported pointer names
-- reads: component, component_imports, component_line, component_merges
-- kind: replace fold.line where contact_key in (select contact_key from component)
select
    component_line.contact_key,
    component_line.owner_key,
    component_line.position,
    component_line.joined_seq,
    component_line.brought_seq,
    component_line.base_batch,
    component_line.root_key,
    component_line.membership_position
from component_line
semi join (
    select p as n from component_merges
    union all
    select d from component_merges
    union all
    select d from component_imports
    union all
    select t from component_imports
) as linked on linked.n = component_line.n
