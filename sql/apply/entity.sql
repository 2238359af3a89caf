-- One row per live contact, as it is after all merges.
-- grain: one row per live contact
-- reads: {replaced}, {retired}, {rows}, {survivors}
-- kind: query
{% macro key(of) %}{{ "cast(" ~ of ~ " as varchar)" if by_text else of }}{% endmacro %}
select
    {% for column in columns %}
    {% if column in references %}
    case
        when replaced.contact_key is not null then replaced.reference_{{ references.index(column) + 1 }}
        when survivors._cm_key is null then contacts.{{ column.name | ident }}
        else survivors.{{ column.name | ident }}
    end as {{ column.name | ident }}{{ "," if not loop.last }}
    {% elif column in changing %}
    case when survivors._cm_key is null then contacts.{{ column.name | ident }} else survivors.{{ column.name | ident }} end
        as {{ column.name | ident }}{{ "," if not loop.last }}
    {% else %}
    contacts.{{ column.name | ident }}{{ "," if not loop.last }}
    {% endif %}
    {% endfor %}
from {{ rows }} as contacts
left join {{ survivors }} as survivors on {{ key("survivors._cm_key") }} = contacts.{{ named_by | ident }}
{% if references %}
left join {{ replaced }} as replaced on {{ key("replaced.contact_key") }} = contacts.{{ named_by | ident }}
{% endif %}
{# over an anti join DuckDB loses a filter that names no column, such as one that draws a sample #}
left join {{ retired }} as retired on {{ key("retired.contact_key") }} = contacts.{{ named_by | ident }}
where retired.contact_key is null  -- rule: duplicates-are-gone
