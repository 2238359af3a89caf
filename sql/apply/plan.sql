-- One row per contact whose child rows do not all leave with the id that they came with, as an engine was given them.
-- grain: one row per contact whose child rows do not all leave with the id that they came with
-- reads: child_targets
-- kind: query
select
    cast(contact_key as uuid) as contact_key,
    cast(survivor_key as uuid) as survivor_key,
    survivor_id
from child_targets
