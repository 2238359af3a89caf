{% from "merged/_survivor.sql" import membership_line, survivor_id %}
-- One row per child row that did not move to the survivor, which has one like it: a membership of a list it is on anyway.
-- grain: one row per child row that did not move to the survivor
-- reads: fold.child_targets, fold.dropped_rows, fold.line, fold.redirects, raw.{child.alike_rows}, raw.{child.name}
-- kind: view merged.dropped_children
with

line as (

    {{ membership_line(["retired_id", "survivor_id", "request_id"]) }}

){{ "," if deduplicated }}

{% for child, child_columns in deduplicated.items() %}
{% set reference = child_columns | selectattr("name", "equalto", child.reference) | first %}
{% if child.repeats %}
{{ child.name | plain }}_dropped as (

    select
        {% for column in child_columns if column != reference %}
        rows.{{ column.name | ident }} as column_{{ column.i }},
        {% endfor %}
        {% if reference.type == "VARCHAR" %}
        cast(line.retired_id as varchar)
        {%- else %}
        cast(line.contact_key as {{ reference.type }})
        {%- endif %}

            as column_{{ reference.i }},
        line.survivor_id,
        line.request_id,
        dropped.kept_row
    from fold.dropped_rows as dropped
    inner join line on line.contact_key = dropped.contact_key
    inner join raw.{{ child.alike_rows | ident }} as rows on rows._cm_row = dropped._cm_row
    where dropped."table" = {{ child.name | literal }}

),

{{ child.name | plain }}_kept as (

    select
        {% for column in child_columns if column != reference %}
        rows.{{ column.name | ident }} as column_{{ column.i }},
        {% endfor %}
        coalesce({{ survivor_id("child_targets", reference.type) }}, rows.{{ reference.name | ident }})
            as column_{{ reference.i }},
        rows._cm_row as kept_row
    from raw.{{ child.alike_rows | ident }} as rows
    left join fold.child_targets as child_targets on child_targets.contact_key = rows._cm_contact_key

){{ "," if not loop.last }}
{% else %}
{{ child.name | plain }}_alike as (

    select
        {% for column in child_columns if column != reference %}
        memberships.{{ column.name | ident }} as column_{{ column.i }},
        {% endfor %}
        coalesce({{ survivor_id("child_targets", reference.type) }}, memberships.{{ reference.name | ident }}) as target_id,
        line.*,
        min(line.membership_position) over same_list as kept_position
    from raw.{{ child.name | ident }} as memberships
    inner join line on line.contact_key = memberships._cm_contact_key
    left join fold.child_targets as child_targets on child_targets.contact_key = memberships._cm_contact_key
    window same_list as (
        partition by line.root_key{% for name in child.unique %}, memberships.{{ name | ident }}{% endfor %}

    )
    qualify count(*) over same_list > 1

),

{{ child.name | plain }}_dropped as (

    select
        *,
        {{ "cast(retired_id as varchar)" if reference.type == "VARCHAR" else "cast(contact_key as " ~ reference.type ~ ")" }}
            as column_{{ reference.i }}
    from {{ child.name | plain }}_alike
    where membership_position > kept_position  -- rule: listed

),

{{ child.name | plain }}_kept as (

    select
        *,
        target_id as column_{{ reference.i }}
    from {{ child.name | plain }}_alike
    where membership_position = kept_position  -- rule: row-that-stays

){{ "," if not loop.last }}
{% endif %}

{% endfor %}
{% for child, child_columns in deduplicated.items() %}
select
    {{ child.name | literal }} as "table",
    '{' || {{ json_pairs(child_columns, "dropped") }} || '}' as "row",
    dropped.survivor_id,
    '{' || {{ json_pairs(child_columns, "kept") }} || '}' as kept,
    dropped.request_id
from {{ child.name | plain }}_dropped as dropped
inner join {{ child.name | plain }}_kept as kept
    {% if child.repeats %}
    on kept.kept_row = dropped.kept_row
    {% else %}
    on kept.root_key = dropped.root_key
    {% for column in child_columns if column.name in child.unique %}
    and kept.column_{{ column.i }} = dropped.column_{{ column.i }}
    {% endfor %}
    {% endif %}
{{ "union all" if not loop.last }}
{% endfor %}
{% if not deduplicated %}
select
    cast(null as varchar) as "table",
    cast(null as varchar) as "row",
    survivor_id,
    cast(null as varchar) as kept,
    request_id
from line
where false
{% endif %};

comment on view merged.dropped_children is
    'One row per child row that did not move to the survivor, which has one like it: a membership of a list it is on anyway.';
comment on column merged.dropped_children."table" is 'The table of the row.';
comment on column merged.dropped_children."row" is
    'The row, as JSON: the columns of its table in their order, with the contact that it names.';
comment on column merged.dropped_children.survivor_id is 'The survivor that it did not move to.';
comment on column merged.dropped_children.kept is 'The row that the survivor has instead, as JSON.';
comment on column merged.dropped_children.request_id is
    'The request that retired the contact of the row; null where it was already retired when imported.'
