{% from "merged/_survivor.sql" import membership_line, survivor_id %}
-- One row per {{ child.subject }} and contact: a retired contact's {{ child.row_name }} go to its survivor where that one is
-- not on the {{ child.subject }} yet.
-- Only those of contacts in a line go through the window.
-- grain: one row per {{ child.subject }} and contact
-- reads: fold.child_targets, fold.line, fold.redirects, raw.{child.name}
-- kind: view merged.{{ child.name | ident }}
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
        memberships._cm_contact_key
    from raw.{{ child.name | ident }} as memberships
    left join fold.child_targets as child_targets on child_targets.contact_key = memberships._cm_contact_key

),

line as (

    {{ membership_line() }}

),

unaffected as (

    select memberships.* exclude (_cm_contact_key)
    from memberships
    anti join line on line.contact_key = memberships._cm_contact_key

),

affected as (

    select memberships.* exclude (_cm_contact_key)
    from memberships
    inner join line on line.contact_key = memberships._cm_contact_key
    window same_list as (
        partition by line.root_key{% for name in child.unique %}, memberships.{{ name | ident }}{% endfor %}

    )
    {# a row number of 1 would become an arg_min of the whole row, which makes -0.0 to 0.0 #}
    qualify line.membership_position = min(line.membership_position) over same_list  -- rule: one-membership-a-list

)

select * from unaffected
union all
select * from affected;

comment on view merged.{{ child.name | ident }} is
    {{ ("One row per " ~ child.subject ~ " and contact: a retired contact's " ~ child.row_name
        ~ " go to its survivor where that one is not on the " ~ child.subject ~ " yet.") | literal }};

{% for column in child_columns %}
comment on column merged.{{ child.name | ident }}.{{ column.name | ident }} is
    {% if column.name == child.reference %}
    {{ ("The contact that is on the " ~ child.subject ~ ": the survivor where the row names a retired one.") | literal }}
    {% else %}
    {{ ("Column " ~ column.name ~ " of raw." ~ child.name ~ ", unchanged.") | literal }}
    {% endif %};
{% endfor %}
