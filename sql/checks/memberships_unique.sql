{% from "fold/_values.sql" import filled %}
{% from "merged/_survivor.sql" import survivor_id %}
-- No contact is on a list twice. So with any child of which rows are dropped. Where rows of one contact may be alike, none has
-- more of them than its own.
-- grain: one row per list and contact with several merged rows
-- reads: fold.child_targets, merged.{child.name}, raw.{child.alike_rows}, raw.{child.name}
-- kind: check
{% if deduplicated %}
with
{% endif %}

{% for child, reference_type in deduplicated.items() %}
{{ child.name | plain }}_id_spellings as (

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

{% if child.repeats %}
{{ child.name | plain }}_own as (

    select
        {% for name in child.alike %}
        {{ name | ident }} as {{ child.compared[loop.index0] }},
        {% endfor %}
        _cm_contact_key as contact_key,
        count(*) as own_rows
    from raw.{{ child.alike_rows | ident }}
    group by all

),

{{ child.name | plain }}_alike as (

    select
        {% for name in child.alike %}
        memberships.{{ name | ident }} as {{ child.compared[loop.index0] }},
        {% endfor %}
        id_spellings.contact_key,
        min(id_spellings.contact_id) as contact_id,
        count(*) as merged_rows
    from merged.{{ child.name | ident }} as memberships
    inner join {{ child.name | plain }}_id_spellings as id_spellings
        on id_spellings.contact_id = cast(memberships.{{ child.reference | ident }} as varchar)
    where id_spellings.contact_key is not null
        {% for name in child.alike %}
        and {{ filled("memberships." ~ (name | ident), tested_as[child.name][name]) }}
        {% endfor %}
    group by all
    having count(*) > 1

),

{# rows that name nobody stay, though they may say the same id #}
{{ child.name | plain }}_left_out as (

    select
        {% for name in child.alike %}
        memberships.{{ name | ident }} as {{ child.compared[loop.index0] }},
        {% endfor %}
        id_spellings.contact_key,
        count(*) as rows_left_out
    from raw.{{ child.alike_rows | ident }} as memberships
    inner join {{ child.name | plain }}_id_spellings as id_spellings
        on id_spellings.contact_id = cast(memberships.{{ child.reference | ident }} as varchar)
    where memberships._cm_contact_key is null and id_spellings.contact_key is not null
    group by all

),

{# what is compared may be anything: it is not named #}
{{ child.name | plain }}_repeated as (

    select
        alike.contact_id,
        alike.merged_rows
    from {{ child.name | plain }}_alike as alike
    {% for others in ("own", "left_out") %}
    left join {{ child.name | plain }}_{{ others }} as {{ others }}
        on {{ others }}.contact_key = alike.contact_key
        {% for name in child.compared %}
        and {{ others }}.{{ name }} = alike.{{ name }}
        {% endfor %}
    {% endfor %}
    where alike.merged_rows > coalesce(own.own_rows, 1) + coalesce(left_out.rows_left_out, 0)

){{ "," if not loop.last }}
{% else %}
{{ child.name | plain }}_repeated as (

    select
        {% for name in child.unique %}
        cast(memberships.{{ name | ident }} as varchar) as {{ name | ident }},
        {% endfor %}
        min(id_spellings.contact_id) as contact_id,
        count(*) as merged_rows
    from merged.{{ child.name | ident }} as memberships
    inner join {{ child.name | plain }}_id_spellings as id_spellings
        on id_spellings.contact_id = cast(memberships.{{ child.reference | ident }} as varchar)
    group by {% for name in child.unique %}memberships.{{ name | ident }}, {% endfor %}id_spellings.contact_key
    having count(*) > 1

){{ "," if not loop.last }}
{% endif %}

{% endfor %}
{% for child in deduplicated %}
select
    {% if deduplicated | length > 1 %}
    {{ child.name | literal }} as "table",
    {% endif %}
    *
from {{ child.name | plain }}_repeated
{{ "union all by name" if not loop.last }}
{% endfor %}
{% if not deduplicated %}
select 1 as merged_rows where false
{% endif %};

select
    {% for child in deduplicated %}
    (select count(*) from merged.{{ child.name | ident }}) +
    {% endfor %}
    0 as rows_checked
