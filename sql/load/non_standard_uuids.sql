-- One row per text that is a UUID in no standard form, with its value.
-- grain: one row per text
-- reads: found_non_standard_uuids
-- kind: temp table non_standard_uuids
select
    spelled,
    cast(value as uuid) as value
from found_non_standard_uuids
