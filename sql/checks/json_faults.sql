-- For provenance_agrees: one row per key of a JSON field of a survivor that its source does not hold so.
-- grain: one row per survivor and key of a field
-- reads: json_faults_frame
-- kind: temp table json_faults
select
    cast(contact_key as {{ key_type }}) as contact_key,
    field,
    cast(source_key as {{ key_type }}) as source_key
from json_faults_frame
