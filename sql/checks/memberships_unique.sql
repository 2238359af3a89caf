{% from "merged/_survivor.sql" import survivor_id %}
-- No contact is on a list twice.
-- grain: one row per list and contact with several merged rows
-- reads: fold.child_targets, merged.{child.name}, raw.{child.name}
-- kind: check
with

{% for child, reference_type in deduplicated.items() %}
{{ child.name }}_id_spellings as (

    select
        cast({{ child.reference | ident }} as varchar) as contact_id,
        _cm_contact_key as contact_key
    from raw.{{ child.name | ident }}

    union

    select
        cast({{ survivor_id("child_targets", reference_type) }} as varchar),
        survivor_key
    from fold.child_targets as child_targets

),

{{ child.name }}_repeated as (

    select
        {% for name in child.unique %}
        cast(memberships.{{ name | ident }} as varchar) as {{ name | ident }},
        {% endfor %}
        min(id_spellings.contact_id) as contact_id,
        count(*) as merged_rows
    from merged.{{ child.name | ident }} as memberships
    inner join {{ child.name }}_id_spellings as id_spellings
        on id_spellings.contact_id = cast(memberships.{{ child.reference | ident }} as varchar)
    group by {% for name in child.unique %}memberships.{{ name | ident }}, {% endfor %}id_spellings.contact_key
    having count(*) > 1

){{ "," if not loop.last }}

{% endfor %}
{% for child in deduplicated %}
select
    {% if deduplicated | length > 1 %}
    {{ child.name | literal }} as "table",
    {% endif %}
    *
from {{ child.name }}_repeated
{{ "union all by name" if not loop.last }}
{% endfor %};

select
    {% for child in deduplicated %}
    (select count(*) from merged.{{ child.name | ident }}){{ " +" if not loop.last }}
    {% endfor %}
    as rows_checked
