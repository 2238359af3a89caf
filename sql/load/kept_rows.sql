-- One row per row of the earlier table whose key a rejected row of the new one has, and no row that was loaded.
-- grain: one row per row of the earlier table whose key a rejected row of the new one has
-- reads: rejected_keys, {earlier}, {raw}
-- kind: temp table kept_rows
select *
from {{ earlier }}
where ({{ old_key | join(", ") }}) in (from rejected_keys)
    and ({{ old_key | join(", ") }}) not in (select ({{ new_key | join(", ") }}) from {{ raw }})
