-- One row per cell of several ids that does not leave as it came, for an engine that has no warehouse.
-- grain: one row per cell of several ids that does not leave as it came
-- reads: {cells}
-- kind: query
select
    cell,
    new_cell
from {{ cells }} as cells
