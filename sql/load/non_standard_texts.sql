-- One row per text of columns with ids that is a UUID in no standard form.
-- grain: one row per text
-- reads: {table}
-- kind: query
{% for table, text in texts %}
select {{ text }} as spelled
from {{ table }}
where uuid_is_non_standard({{ text }})
{{ "union" if not loop.last }}
{% endfor %}
