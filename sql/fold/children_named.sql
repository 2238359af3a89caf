-- One row per row of a child that names a contact of the component: the contact, and the number of the child table.
-- grain: one row per row of a child that names a contact of the component
-- reads: component, {rows}
-- kind: query
with

children as (

    {% for rows in tables %}
    select
        _cm_contact_key as contact_key,
        cast({{ loop.index0 }} as integer) as number
    from {{ rows }}
    {% if not loop.last %}
    union all
    {% endif %}
    {% endfor %}

)

select
    component.n,
    children.number
from children
inner join component on component.contact_key = children.contact_key
