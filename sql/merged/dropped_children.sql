{% from "merged/_survivor.sql" import membership_line, survivor_id %}
{% set list_id = memberships | selectattr("name", "equalto", "list_id") | first %}
{% set contact_id = memberships | selectattr("name", "equalto", "contact_id") | first %}
-- One row per child row that did not move to the survivor, which has one like it: a membership of a list it is on anyway.
-- grain: one row per child row that did not move to the survivor
-- reads: fold.child_targets, fold.line, fold.redirects, raw.list_memberships
-- kind: view merged.dropped_children
with

line as (

    {{ membership_line(["retired_id", "survivor_id", "request_id"]) }}

),

alike as (

    select
        {% for column in memberships if column != contact_id %}
        memberships.{{ column.name | ident }} as column_{{ column.i }},
        {% endfor %}
        coalesce({{ survivor_id("child_targets", contact_id.type) }}, memberships.contact_id) as target_id,
        line.*,
        min(line.membership_position) over same_list as kept_position
    from raw.list_memberships as memberships
    inner join line on line.contact_key = memberships._cm_contact_key
    left join fold.child_targets as child_targets on child_targets.contact_key = memberships._cm_contact_key
    window same_list as (partition by line.root_key, memberships.list_id)
    qualify count(*) over same_list > 1

),

dropped as (

    select
        *,
        {{ "contact_key" if contact_id.type == "UUID" else "cast(retired_id as " ~ contact_id.type ~ ")" }}
            as column_{{ contact_id.i }}
    from alike
    where membership_position > kept_position  -- rule: listed

),

kept as (

    select
        *,
        target_id as column_{{ contact_id.i }}
    from alike
    where membership_position = kept_position  -- rule: row-that-stays

)

select
    'list_memberships' as "table",
    '{' || {{ json_pairs(memberships, "dropped") }} || '}' as "row",
    dropped.survivor_id,
    '{' || {{ json_pairs(memberships, "kept") }} || '}' as kept,
    dropped.request_id
from dropped
inner join kept on kept.root_key = dropped.root_key and kept.column_{{ list_id.i }} = dropped.column_{{ list_id.i }};

comment on view merged.dropped_children is
    'One row per child row that did not move to the survivor, which has one like it: a membership of a list it is on anyway.';
comment on column merged.dropped_children."table" is 'The table of the row.';
comment on column merged.dropped_children."row" is
    'The row, as JSON: the columns of its table in their order, with the contact that it names.';
comment on column merged.dropped_children.survivor_id is 'The survivor that it did not move to.';
comment on column merged.dropped_children.kept is 'The row that the survivor has instead, as JSON.';
comment on column merged.dropped_children.request_id is
    'The request that retired the contact of the row; null where it was already retired when imported.'
