{% from "merged/_survivor.sql" import survivor_id %}
-- One row per {{ child.subject }} and contact: a retired contact's {{ child.row_name }} go to its survivor where that one is
-- not on the {{ child.subject }} yet.
-- grain: one row per {{ child.subject }} and contact
-- reads: {line}, {rows}, {targets}
-- kind: query
with

memberships as (

    select
        {% for column in child_columns %}
        {% if column.name == child.reference %}
        coalesce({{ survivor_id("child_targets", column.type) }}, memberships.{{ column.name | ident }})
            as {{ column.name | ident }},
        {% else %}
        memberships.{{ column.name | ident }},
        {% endif %}
        {% endfor %}
        line.root_key as _cm_root_key,
        line.membership_position as _cm_position
    from {{ rows }} as memberships
    left join {{ targets }} as child_targets on {{ names("memberships", "child_targets.contact_key") }}
    left join {{ line }} as line on {{ names("memberships", "line.contact_key") }}

),

first_places as (

    select
        _cm_root_key,
        {% for name in child.unique %}
        {{ name | ident }},
        {% endfor %}
        min(_cm_position) as _cm_position  -- rule: one-membership-a-list
    from memberships
    where _cm_root_key is not null
    group by _cm_root_key{% for name in child.unique %}, {{ name | ident }}{% endfor %}

)

select
    {% for column in child_columns %}
    memberships.{{ column.name | ident }}{{ "," if not loop.last }}
    {% endfor %}
from memberships
left join first_places
    on first_places._cm_root_key = memberships._cm_root_key
        {% for name in child.unique %}
        and first_places.{{ name | ident }} = memberships.{{ name | ident }}
        {% endfor %}
where memberships._cm_root_key is null or memberships._cm_position = first_places._cm_position
