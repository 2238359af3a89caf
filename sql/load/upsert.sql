-- One row per incoming row, in place of those of the same key in what was loaded of a table with the same columns.
-- grain: one row per incoming row
-- reads: {incoming}
-- kind: replace {{ loaded }}
--   where ({{ old_unique | join(", ") }}) in (select ({{ new_unique | join(", ") }}) from {{ incoming }})
select {{ new_items }}, {{ helpers | map("ident") | join(", ") }}
from {{ incoming }}
