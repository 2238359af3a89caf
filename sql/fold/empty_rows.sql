-- One row per row of a child that names a contact of the component and is empty in a column that is compared: like no other.
-- grain: one row per row of a child that names a contact of the component and is empty in a column that is compared
-- reads: component, raw.{child.alike_rows}
-- kind: query
select component.n
from raw.{{ child.alike_rows | ident }} as rows
inner join component on component.contact_key = rows._cm_contact_key
where {% for name in child.compared %}rows.{{ name }} is null{{ " or " if not loop.last }}{% endfor %}
