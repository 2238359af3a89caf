-- One row per list membership of a contact of the component: its index `g` in the lines, and that of the membership before it of
-- the same list. So with any child table of which rows are dropped; what a contact has several times is one row.
-- grain: one row per contact of the component and list that it is on
-- reads: membership_line, raw.{child.alike_rows}, raw.{child.name}
-- kind: temp table component_lists
{% if child.repeats %}
with

memberships as (

    select distinct
        {% for name in child.compared %}
        rows.{{ name }},
        {% endfor %}
        rows._cm_contact_key
    from raw.{{ child.alike_rows | ident }} as rows
    semi join membership_line as line on line.contact_key = rows._cm_contact_key
    where {% for name in child.compared %}rows.{{ name }} is not null{{ " and " if not loop.last }}{% endfor %}


)

{% endif %}
select
    line.g,
    line.root,
    line.membership_position,
    {% for name in child.compared %}
    memberships.{{ name | ident }},
    {% endfor %}
    lag(line.g) over same_list as previous_g,
    lag(line.membership_position) over same_list as previous_position
{% if child.repeats %}
from memberships
{% else %}
from raw.{{ child.name | ident }} as memberships
{% endif %}
inner join membership_line as line on line.contact_key = memberships._cm_contact_key
window same_list as (
    partition by line.root{% for name in child.compared %}, memberships.{{ name | ident }}{% endfor %}

    order by line.membership_position
)
