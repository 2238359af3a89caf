-- For provenance_agrees: one row per checked survivor, or version: the text of a JSON field.
-- grain: one row per row of the table
-- reads: {table}
-- kind: query
select
    cast({{ table }}._cm_key as varchar) as contact_key,
    {{ field.of(table) }} as text
from {{ table }}
