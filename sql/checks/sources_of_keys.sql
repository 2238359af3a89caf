-- For provenance_agrees: one row per key of a JSON field of a checked survivor that came from another contact: which.
-- grain: one row per survivor and key of the field
-- reads: checked_survivors, fold.kept
-- kind: query
select
    cast(kept.contact_key as varchar) as contact_key,
    kept.json_key,
    cast(kept.source_key as varchar) as source_key
from fold.kept as kept
semi join checked_survivors as survivors on survivors._cm_key = kept.contact_key
where kept.field = $field
