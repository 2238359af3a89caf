{% from "merged/_survivor.sql" import survivor_id %}
-- One row per row of raw.{{ table }}; rows of retired contacts name the survivor.
create or replace view merged.{{ table }} as
with

children as (

    select * from raw.{{ table }}

),

redirects as (

    select
        retired_key,
        survivor_key,
        survivor_id
    from fold.redirects
    where is_contact

)

select
    {% for name, type in child_columns %}
    {% if name == "contact_id" %}
    case
        when redirects.retired_key is null then children.contact_id
        else {{ survivor_id("redirects", type) }}
    end as contact_id,
    {% else %}
    children.{{ name | ident }},
    {% endif %}
    {% endfor %}
from children
left join redirects on redirects.retired_key = children._cm_contact_key;

comment on view merged.{{ table }} is 'One row per row of raw.{{ table }}; rows of retired contacts name the survivor.';

{% for name, type in child_columns %}
{% if name == "contact_id" %}
comment on column merged.{{ table }}.contact_id is 'The contact that has the row: the survivor where the row names a retired one.';
{% else %}
comment on column merged.{{ table }}.{{ name | ident }} is {{ ("Column " ~ name ~ " of raw." ~ table ~ ", untouched.") | literal }};
{% endif %}
{% endfor %}
