-- One row per field of a live contact, or key of a JSON field, that came from another one: from which, and by which merge.
-- grain: one row per field of a live contact that came from another one
-- reads: fold.kept
-- kind: query
select
    field,
    json_key,
    source_key,
    seq
from fold.kept
where contact_key = $key
