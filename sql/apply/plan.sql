-- One row per row of a table of the plan, as an engine was given it.
-- grain: one row per row of a table of the plan
-- reads: {table}
-- kind: query
select
    {% for key in keys %}
    cast({{ key }} as {{ key_type }}) as {{ key }}{{ "," if not loop.last or values }}
    {% endfor %}
    {% for value in values %}
    {{ value | ident }}{{ "," if not loop.last }}
    {% endfor %}
from {{ table }}
