{% from "merged/_survivor.sql" import survivor_id %}
{% set keyed = deduplicated | rejectattr("repeats") | list %}
{% set repeating = deduplicated | selectattr("repeats") | list %}
{% set named = keyed | map(attribute="unique") | sum(start=()) | unique | map("ident") | join(", ") %}
{% set are_many = deduplicated | length > 1 %}
-- Each raw list membership is in the merged table once, or a dropped child because its survivor is on the list already. So with
-- any child of which rows are dropped. Rows that are empty in a column that is compared are not dropped.
-- grain: one row per list and contact with another number of merged rows than the raw ones make, and per contact (without a
--   list) with another number of dropped ones
-- reads: fold.child_targets, merged.dropped_children, merged.{child.name}, raw.{child.alike_rows}, raw.{child.name}
-- kind: check
with

child_targets as (

    select * from fold.child_targets

){{ "," if deduplicated }}

{% for child, reference_type in deduplicated.items() %}
{% set listed = child.compared | map("ident") | join(", ") %}
{{ child.name | plain }}_memberships as (

    select
        {% for name in child.alike %}
        memberships.{{ name | ident }} as {{ child.compared[loop.index0] | ident }},
        {% endfor %}
        cast(
            coalesce({{ survivor_id("child_targets", reference_type) }}, memberships.{{ child.reference | ident }}) as varchar
        ) as contact_id,
        coalesce(child_targets.survivor_key, memberships._cm_contact_key) as contact_key,
        child_targets.survivor_id,
        coalesce(child_targets.survivor_key <> child_targets.contact_key, false)
            {% for name in child.compared if child.repeats %}
            and memberships.{{ name }} is not null
            {% endfor %}
            as moves
    from raw.{{ child.alike_rows | ident }} as memberships
    left join child_targets on child_targets.contact_key = memberships._cm_contact_key

),

{{ child.name | plain }}_own as (

    select * from {{ child.name | plain }}_memberships where not moves

),

{{ child.name | plain }}_inherited as (

    select distinct
        {% for name in child.compared %}
        memberships.{{ name | ident }},
        {% endfor %}
        memberships.contact_id,
        memberships.survivor_id
    from {{ child.name | plain }}_memberships as memberships
    anti join {{ child.name | plain }}_own as own
        on own.contact_key = memberships.contact_key
        {% for name in child.compared %}
        and own.{{ name | ident }} = memberships.{{ name | ident }}
        {% endfor %}
    where memberships.moves

),

{{ child.name | plain }}_mentions as (

    select {{ listed }}, contact_id, 1 as due_rows, 0 as merged_rows from {{ child.name | plain }}_own
    union all
    select {{ listed }}, contact_id, 1, 0 from {{ child.name | plain }}_inherited
    union all
    select {{ child.alike | map("ident") | join(", ") }}, cast({{ child.reference | ident }} as varchar), 0, 1
    from merged.{{ child.name | ident }}
    union all by name
    select survivor_id as contact_id, 1 as due_rows, 0 as merged_rows from {{ child.name | plain }}_memberships where moves
    union all by name
    select survivor_id as contact_id, -1 as due_rows, 0 as merged_rows from {{ child.name | plain }}_inherited
    union all by name
    select survivor_id as contact_id, 0 as due_rows, 1 as merged_rows from merged.dropped_children
    where "table" = {{ child.name | literal }}

){{ "," if not loop.last or keyed }}

{% endfor %}
{% if keyed %}
mentions as (

    {% for child in keyed %}
    select {{ child.name | literal }} as "table", * from {{ child.name | plain }}_mentions
    {{ "union all by name" if not loop.last }}
    {% endfor %}

)

select
    {% if are_many %}
    "table",
    {% endif %}
    {{ named }},
    contact_id,
    sum(due_rows) as due_rows,
    sum(merged_rows) as merged_rows
from mentions
group by "table", {{ named }}, contact_id
having sum(due_rows) <> sum(merged_rows)
{% endif %}
{# what is compared may be anything: it is not named #}
{% for child in repeating %}
{{ "union all by name" if keyed or not loop.first }}
select
    {% if are_many %}
    {{ child.name | literal }} as "table",
    {% endif %}
    contact_id,
    sum(due_rows) as due_rows,
    sum(merged_rows) as merged_rows
from {{ child.name | plain }}_mentions
group by {{ child.compared | join(", ") }}, contact_id
having sum(due_rows) <> sum(merged_rows)
{% endfor %}
{% if not deduplicated %}
select 1 as due_rows where false
{% endif %};

select
    {% for child in deduplicated %}
    (select count(*) from raw.{{ child.name | ident }}) +
    {% endfor %}
    0 as rows_checked,
    (
        select count(*) from merged.dropped_children
        {% if deduplicated %}
        where "table" in ({% for child in deduplicated %}{{ child.name | literal }}{{ ", " if not loop.last }}{% endfor %})
        {% endif %}
    ) as exempt
