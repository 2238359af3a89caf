{% from "merged/_survivor.sql" import survivor_id %}
-- One row per row of {{ child.name }}; rows of retired contacts name the survivor.
-- grain: one row per row of {{ child.name }}
-- reads: {rows}, {targets}
-- kind: query
select
    {% for column in child_columns %}
    {% if column.name == child.reference %}
    coalesce({{ survivor_id("child_targets", column.type) }}, children.{{ column.name | ident }})  -- rule: children-to-survivor
        as {{ column.name | ident }}{{ "," if not loop.last }}
    {% else %}
    children.{{ column.name | ident }}{{ "," if not loop.last }}
    {% endif %}
    {% endfor %}
from {{ rows }} as children
left join {{ targets }} as child_targets
    on {{ names("children", "child_targets.contact_key") }}
