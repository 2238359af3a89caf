-- The small tables that the merged views read are what raw tables and ledger make when folded anew.
-- One row per table and contact of which that is not so.
with

{% for table, columns in tables.items() %}
{{ table }}_faults as (

    select {{ columns[0] | ident }} as contact_key, 1 as rows_here, 0 as rows_rebuilt
    from (
        select {% for name in columns %}{{ name | ident }}{{ ", " if not loop.last }}{% endfor %} from warehouse.fold.{{ table }}
        except all
        select {% for name in columns %}{{ name | ident }}{{ ", " if not loop.last }}{% endfor %} from memory.fold.{{ table }}
    )

    union all

    select {{ columns[0] | ident }}, 0, 1
    from (
        select {% for name in columns %}{{ name | ident }}{{ ", " if not loop.last }}{% endfor %} from memory.fold.{{ table }}
        except all
        select {% for name in columns %}{{ name | ident }}{{ ", " if not loop.last }}{% endfor %} from warehouse.fold.{{ table }}
    )

),

{% endfor %}
faults as (

    {% for table in tables %}
    select '{{ table }}' as "table", * from {{ table }}_faults
    {{ "union all" if not loop.last }}
    {% endfor %}

)

select
    "table",
    contact_key,
    sum(rows_here) as rows_here,
    sum(rows_rebuilt) as rows_rebuilt
from faults
group by "table", contact_key;

select
    {% for table in tables %}
    (select count(*) from warehouse.fold.{{ table }}){{ " +" if not loop.last }}
    {% endfor %}
    as looked_at
