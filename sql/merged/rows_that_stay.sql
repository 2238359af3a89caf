{% from "merged/_survivor.sql" import survivor_id %}
-- One row per row of {{ child.name }} that is not dropped; rows of retired contacts name the survivor.
-- grain: one row per row of {{ child.name }} that is not dropped
-- reads: fold.dropped_rows, raw.{child.alike_rows}, {targets}
-- kind: query
select
    {% for column in child_columns %}
    {% if column.name == child.reference %}
    coalesce({{ survivor_id("child_targets", column.type) }}, children.{{ column.name | ident }})
        as {{ column.name | ident }}{{ "," if not loop.last }}
    {% else %}
    children.{{ column.name | ident }}{{ "," if not loop.last }}
    {% endif %}
    {% endfor %}
from raw.{{ child.alike_rows | ident }} as children
left join {{ targets }} as child_targets on child_targets.contact_key = children._cm_contact_key
{# over an anti join DuckDB loses a filter that names no column, such as one that draws a sample #}
left join fold.dropped_rows as dropped
    on dropped."table" = {{ child.name | literal }} and dropped._cm_row = children._cm_row
where dropped._cm_row is null
