-- One row per row of a child and contact that one of its references names: a row that names a contact twice is there once.
-- Where `several`, only rows that may name more than one, each with its number.
-- grain: one row per row of a child and contact that it names
-- reads: {rows}
-- kind: query
{% macro number_named() %}
{% for key, is_list in keys.items() %}
{{ "coalesce(len(rows." ~ key ~ "), 0)" if is_list else "cast(rows." ~ key ~ " is not null as integer)" }}
{{- " + " if not loop.last }}
{%- endfor %}
{% endmacro %}
{% for key, is_list in keys.items() %}
select
    {% if several %}
    _cm_row,
    {% endif %}
    _cm_named as _cm_contact_key
from (
    select
        rows.*,
        {{ "unnest(list_distinct(rows." ~ key ~ "))" if is_list else "rows." ~ key }} as _cm_named
    from {{ rows }} as rows
    {% if several %}
    where {{ number_named() }} > 1
    {% endif %}
) as named
where _cm_named is not null
    {% for earlier, was_list in (keys.items() | list)[:loop.index0] %}
    {% if was_list %}
    and coalesce(not list_contains({{ earlier }}, _cm_named), true)
    {% else %}
    and {{ earlier }} is distinct from _cm_named
    {% endif %}
    {% endfor %}
{{ "union all" if not loop.last }}
{% endfor %}
