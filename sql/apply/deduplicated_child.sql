{% from "merged/_survivor.sql" import membership_line, survivor_id %}
{% macro key(of) %}{{ "cast(" ~ of ~ ".contact_key as varchar)" if by_text else of ~ ".contact_key" }}{% endmacro %}
-- One row per {{ child.subject }} and contact: a retired contact's {{ child.row_name }} go to its survivor where that one is
-- not on the {{ child.subject }} yet.
-- Only those of contacts in a line go through the window.
-- grain: one row per {{ child.subject }} and contact
-- reads: fold.line, fold.redirects, {rows}, {targets}
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
        memberships.{{ named_by | ident }} as _cm_named
    from {{ rows }} as memberships
    left join {{ targets }} as child_targets on {{ key("child_targets") }} = memberships.{{ named_by | ident }}

),

line as (

    {{ membership_line() }}

),

unaffected as (

    select memberships.* exclude (_cm_named)
    from memberships
    anti join line on {{ key("line") }} = memberships._cm_named

),

affected as (

    select memberships.* exclude (_cm_named)
    from memberships
    inner join line on {{ key("line") }} = memberships._cm_named
    window same_list as (
        partition by line.root_key{% for name in child.unique %}, memberships.{{ name | ident }}{% endfor %}

    )
    {# a row number of 1 would become an arg_min of the whole row, which makes -0.0 to 0.0 #}
    qualify line.membership_position = min(line.membership_position) over same_list  -- rule: one-membership-a-list

)

select * from unaffected
union all
select * from affected
