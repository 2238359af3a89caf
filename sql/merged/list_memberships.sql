{% from "merged/_survivor.sql" import membership_line, survivor_id %}
-- One row per list and contact: a retired contact's memberships go to its survivor where that one is not on the list yet.
-- Only those of contacts in a line go through the window.
-- grain: one row per list and contact
-- reads: fold.child_targets, fold.line, fold.redirects, raw.list_memberships
-- kind: view merged.list_memberships
with

memberships as (

    select
        {% for name, type in child_columns %}
        {% if name == "contact_id" %}
        coalesce({{ survivor_id("child_targets", type) }}, memberships.contact_id) as contact_id,
        {% else %}
        memberships.{{ name | ident }},
        {% endif %}
        {% endfor %}
        memberships._cm_contact_key
    from raw.list_memberships as memberships
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
    {# a row number of 1 would become an arg_min of the whole row, which makes -0.0 to 0.0 #}
    qualify line.membership_position
        = min(line.membership_position) over (partition by line.root_key, memberships.list_id)  -- rule: one-membership-a-list

)

select * from unaffected
union all
select * from affected;

comment on view merged.list_memberships is
    'One row per list and contact: a retired contact''s memberships go to its survivor where that one is not on the list yet.';

{% for name, type in child_columns %}
{% if name == "contact_id" %}
comment on column merged.list_memberships.contact_id is
    'The contact that is on the list: the survivor where the row names a retired one.';
{% else %}
comment on column merged.list_memberships.{{ name | ident }} is
    {{ ("Column " ~ name ~ " of raw.list_memberships, unchanged.") | literal }};
{% endif %}
{% endfor %}
