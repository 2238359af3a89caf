-- One row per contact of the component: how many rows of each kind of child name it, and its index in the lines of list
-- memberships.
-- grain: one row per contact of the component
-- reads: component, component_line, {rows}
-- kind: temp table component_children
with

{% for kind, rows in keys.items() %}
{{ kind }}_counts as (

    select
        {{ kind | ident }}._cm_contact_key as contact_key,
        count(*) as rows_named
    from {{ rows }} as {{ kind | ident }}
    semi join component on component.contact_key = {{ kind | ident }}._cm_contact_key
    group by {{ kind | ident }}._cm_contact_key

),

{% endfor %}
numbered as (

    select
        component_line.n,
        component_line.contact_key,
        component_line.root,
        component_line.membership_position,
        row_number() over (order by component_line.root, component_line.membership_position) - 1 as g
    from component_line

)

select
    numbered.*,
    {% for kind in keys %}
    cast(sum(coalesce({{ kind }}_counts.rows_named, 0)) over running as bigint) as {{ kind | ident }},
    {% endfor %}
from numbered
{% for kind in keys %}
left join {{ kind }}_counts on {{ kind }}_counts.contact_key = numbered.contact_key
{% endfor %}
window running as (order by numbered.g)
