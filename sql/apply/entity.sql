-- One row per live contact, as it is after all merges.
-- grain: one row per live contact
-- reads: {replaced}, {retired}, {rows}, {survivors}
-- kind: query
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
left join {{ survivors }} as survivors
    on {{ is_of("survivors._cm_key") }}
{% if references %}
left join {{ replaced }} as replaced
    on {{ is_of("replaced.contact_key") }}
{% endif %}
{# over an anti join DuckDB loses a filter that names no column, such as one that draws a sample #}
left join {{ retired }} as retired
    on {{ is_of("retired.contact_key") }}
where retired.contact_key is null  -- rule: duplicates-are-gone
