{% from "merged/_survivor.sql" import survivor_id %}
-- One row per row of raw.{{ table }}; rows of retired contacts name the survivor.
-- grain: one row per row of raw.{{ table }}
-- reads: fold.child_targets, raw.{table}
-- kind: view merged.{{ table }}
with

children as (

    select * from raw.{{ table }}

),

child_targets as (

    select * from fold.child_targets

)

select
    {% for name, type in child_columns %}
    {% if name == "contact_id" %}
    coalesce({{ survivor_id("child_targets", type) }}, children.contact_id) as contact_id,  -- rule: children-to-survivor
    {% else %}
    children.{{ name | ident }},
    {% endif %}
    {% endfor %}
from children
left join child_targets on child_targets.contact_key = children._cm_contact_key;

comment on view merged.{{ table }} is 'One row per row of raw.{{ table }}; rows of retired contacts name the survivor.';

{% for name, type in child_columns %}
{% if name == "contact_id" %}
comment on column merged.{{ table }}.contact_id is
    'The contact that has the row: the survivor where the row names a retired one.';
{% else %}
comment on column merged.{{ table }}.{{ name | ident }} is
    {{ ("Column " ~ name ~ " of raw." ~ table ~ ", unchanged.") | literal }};
{% endif %}
{% endfor %}
