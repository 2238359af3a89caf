-- The number of rows of an earlier table whose key ({{ old_key | join(", ") }}) no row of the new one has.
select count(*)
from {{ earlier }} as earlier
where ({{ old_key | join(", ") }}) not in (select ({{ new_key | join(", ") }}) from {{ raw }})
