-- One row per live contact, as it is after all merges.
-- grain: one row per live contact
-- reads: fold.redirects, fold.survivors, {rows}
-- kind: query
select
    {% for column in columns %}
    {% if column.fields or column.name in updated_names %}
    case when survivors._cm_key is null then contacts.{{ column.name | ident }} else survivors.{{ column.name | ident }} end
        as {{ column.name | ident }}{{ "," if not loop.last }}
    {% else %}
    contacts.{{ column.name | ident }}{{ "," if not loop.last }}
    {% endif %}
    {% endfor %}
from {{ rows }} as contacts
left join fold.survivors as survivors
    on {{ "cast(survivors._cm_key as varchar)" if by_text else "survivors._cm_key" }} = contacts.{{ named_by | ident }}
{# over an anti join DuckDB loses a filter that names no column, such as one that draws a sample #}
left join fold.redirects as retired
    on {{ "cast(retired.retired_key as varchar)" if by_text else "retired.retired_key" }} = contacts.{{ named_by | ident }}
where retired.retired_key is null  -- rule: duplicates-are-gone
