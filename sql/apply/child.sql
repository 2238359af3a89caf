{% from "merged/_survivor.sql" import survivor_id %}
-- One row per row of {{ child.name }}; rows of retired contacts name the survivor.
-- grain: one row per row of {{ child.name }}
-- reads: {one.cells}, {rows}, {targets}
-- kind: query
select
    {% for column in child_columns %}
    {% set one = rehoming.get(column.name) %}
    {% if one and one.cells %}
    coalesce({{ one.alias }}.new_cell, children.{{ column.name | ident }})  -- rule: cells-to-survivors
        as {{ column.name | ident }}{{ "," if not loop.last }}
    {% elif one %}
    coalesce({{ survivor_id(one.alias, column.type) }}, children.{{ column.name | ident }})  -- rule: children-to-survivor
        as {{ column.name | ident }}{{ "," if not loop.last }}
    {% else %}
    children.{{ column.name | ident }}{{ "," if not loop.last }}
    {% endif %}
    {% endfor %}
from {{ rows }} as children
{% for name, one in rehoming.items() %}
{% if one.cells %}
left join {{ one.cells }} as {{ one.alias }}
{% else %}
left join {{ targets }} as {{ one.alias }}
{% endif %}
    on {{ one.on }}
{% endfor %}
