-- The incoming rows in place of those of the same key in a raw table, behind the rest, where both have the same columns;
-- else a new table with the columns of both.
{% if same_columns %}
delete from {{ raw }}
where ({{ old_unique | join(", ") }}) in (select ({{ new_unique | join(", ") }}) from {{ incoming }});

insert into {{ raw }}
select {{ new_items }}, {{ helpers | join(", ") }}
from {{ incoming }};
{% else %}
create or replace table {{ raw }} as
select {{ old_items }}, {{ helpers | join(", ") }}
from {{ raw }}
where ({{ old_unique | join(", ") }}) not in (select ({{ new_unique | join(", ") }}) from {{ incoming }})
union all
select {{ new_items }}, {{ helpers | join(", ") }}
from {{ incoming }};
{% endif %}
