-- The small tables that the merged views read are what raw tables and ledger make when folded again.
-- grain: one row per table and contact of which that is not so
-- reads: memory.fold.{table}, warehouse.fold.{table}
-- kind: check
{# Equal rows here and rebuilt are counted against each other: EXCEPT ALL both ways, in one pass. #}
with

{% for table, columns in tables.items() %}
{% set listed %}{% for name in columns %}{{ name | ident }}{{ ", " if not loop.last }}{% endfor %}{% endset %}
{{ table }}_rows as (

    select {{ listed }}, 1 as _cm_here, 0 as _cm_rebuilt from warehouse.fold.{{ table }}
    union all
    select {{ listed }}, 0, 1 from memory.fold.{{ table }}

),

{{ table }}_faults as (

    select
        {{ columns[0] | ident }} as contact_key,
        greatest(sum(_cm_here) - sum(_cm_rebuilt), 0) as rows_here,
        greatest(sum(_cm_rebuilt) - sum(_cm_here), 0) as rows_rebuilt
    from {{ table }}_rows
    group by {{ listed }}
    having sum(_cm_here) <> sum(_cm_rebuilt)

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
    as rows_checked
