-- One row per contact whose child rows do not all leave with the id that they came with, for an engine that has no warehouse.
-- grain: one row per contact whose child rows do not all leave with the id that they came with
-- reads: fold.child_targets
-- kind: query
select
    contact_key,
    survivor_key,
    survivor_id
from fold.child_targets
