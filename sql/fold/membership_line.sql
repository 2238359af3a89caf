-- One row per contact of the component: its index `g` in the lines in which merges append, one line after the other.
-- grain: one row per contact of the component
-- reads: component_line
-- kind: temp table membership_line
select
    n,
    contact_key,
    root,
    membership_position,
    row_number() over (order by root, membership_position) - 1 as g
from component_line
