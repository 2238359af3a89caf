-- The incoming rows replace those of the same key in a raw table, and stand behind the rest. Where the columns differ, a new
-- table has the columns of both.
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
