-- One row per key of a JSON field of a live contact that came from another one: from which, and by which merge.
-- grain: one row per field and key
-- reads: fold.json_provenance
-- kind: query
select
    field,
    json_key,
    source_key,
    seq
from fold.json_provenance
where contact_key = $key
