{% macro keys(unique) -%}
{% for value in unique %}{{ "cast(list_id as varchar)" if value == "list_id" else value }}{{ ", " if not loop.last }}{% endfor %}
{%- endmacro %}
-- One row per row of the earlier table whose key a rejected row of the new one has, and no row that was loaded.
create or replace temp table kept_rows as
select *
from {{ earlier }}
where ({{ keys(old_unique) }}) in (from rejected_keys)
    and ({{ keys(old_unique) }}) not in (select ({{ keys(new_unique) }}) from {{ raw }})
