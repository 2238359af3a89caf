-- One row per row of a raw table whose key no incoming row has, and per incoming row: with the columns of both.
-- grain: one row per row of a raw table whose key no incoming row has, and per incoming row
-- reads: {incoming}, {raw}
-- kind: table {{ raw }}
select {{ old_items }}, {{ helpers | join(", ") }}
from {{ raw }}
where ({{ old_unique | join(", ") }}) not in (select ({{ new_unique | join(", ") }}) from {{ incoming }})
union all
select {{ new_items }}, {{ helpers | join(", ") }}
from {{ incoming }}
