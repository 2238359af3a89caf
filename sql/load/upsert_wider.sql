-- One row per row of what was loaded of a table whose key no incoming row has, and per incoming row: with the columns of both.
-- grain: one row per row of what was loaded of a table whose key no incoming row has, and per incoming row
-- reads: {incoming}, {loaded}
-- kind: table {{ loaded }}
select {{ old_items }}, {{ helpers | map("ident") | join(", ") }}
from {{ loaded }}
where ({{ old_unique | join(", ") }}) not in (select ({{ new_unique | join(", ") }}) from {{ incoming }})
union all
select {{ new_items }}, {{ helpers | map("ident") | join(", ") }}
from {{ incoming }}
