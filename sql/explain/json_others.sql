-- One row per value of a key of a JSON field of a live contact that was not taken: whose, and at which merge.
-- grain: one row per field, key and value
-- reads: fold.json_conflicts
-- kind: query
select
    field,
    json_key,
    other_value,
    other_from,
    seq
from fold.json_conflicts
where contact_key = $key
