{% from "merged/_survivor.sql" import survivor_id %}
-- One row per row of raw.{{ child.name }}; rows of retired contacts name the survivor.
-- grain: one row per row of raw.{{ child.name }}
-- reads: fold.child_targets, raw.{child.name}
-- kind: view merged.{{ child.name | ident }}
with

children as (

    select * from raw.{{ child.name | ident }}

),

child_targets as (

    select
        *,
        {# a snapshot has all ids as UUIDs are written, so that none of its rows needs to be read as one #}
        {% if by_text %}
        cast(contact_key as varchar) as child_id
        {% else %}
        contact_key as child_id
        {% endif %}
    from fold.child_targets

)

select
    {% for column in child_columns %}
    {% if column.name == child.reference %}
    coalesce({{ survivor_id("child_targets", column.type) }}, children.{{ column.name | ident }})  -- rule: children-to-survivor
        as {{ column.name | ident }},
    {% else %}
    children.{{ column.name | ident }},
    {% endif %}
    {% endfor %}
from children
left join child_targets on child_targets.child_id = children.{{ (child.reference if by_text else "_cm_contact_key") | ident }};

comment on view merged.{{ child.name | ident }} is
    {{ ("One row per row of raw." ~ child.name ~ "; rows of retired contacts name the survivor.") | literal }};

{% for column in child_columns %}
comment on column merged.{{ child.name | ident }}.{{ column.name | ident }} is
    {% if column.name == child.reference %}
    'The contact that has the row: the survivor where the row names a retired one.'
    {% else %}
    {{ ("Column " ~ column.name ~ " of raw." ~ child.name ~ ", unchanged.") | literal }}
    {% endif %};
{% endfor %}
