-- For provenance_agrees: one row per key of a JSON field of a checked survivor that came from another contact: which.
-- grain: one row per survivor and key of the field
-- reads: checked_survivors, fold.json_provenance
-- kind: query
select
    cast(provenance.contact_key as varchar) as contact_key,
    provenance.json_key,
    cast(provenance.source_key as varchar) as source_key
from fold.json_provenance as provenance
semi join checked_survivors as survivors on survivors._cm_key = provenance.contact_key
where provenance.field = $field
