-- One row per incoming row, in place of those of the same key in a raw table with the same columns.
-- grain: one row per incoming row
-- reads: {incoming}
-- kind: replace {{ raw }} where ({{ old_unique | join(", ") }}) in (select ({{ new_unique | join(", ") }}) from {{ incoming }})
select {{ new_items }}, {{ helpers | join(", ") }}
from {{ incoming }}
