-- One row per live contact, as it is after all merges; columns and types as in raw.contacts.
-- grain: one row per live contact
-- reads: fold.redirects, fold.survivors, raw.contacts
-- kind: view merged.contacts
with

contacts as (

    select * from raw.contacts

),

survivors as (

    select * from fold.survivors

),

retired as (

    select retired_key from fold.redirects

)

select
    {% for column in columns %}
    {% if column.fields or column.name in updated_names %}
    case when survivors._cm_key is null then contacts.{{ column.name | ident }} else survivors.{{ column.name | ident }} end
        as {{ column.name | ident }},
    {% else %}
    contacts.{{ column.name | ident }},
    {% endif %}
    {% endfor %}
from contacts
left join survivors on survivors._cm_key = contacts._cm_key
{# over an anti join DuckDB loses a filter that names no column, such as one that draws a sample #}
left join retired on retired.retired_key = contacts._cm_key
where retired.retired_key is null;  -- rule: duplicates-are-gone

comment on view merged.contacts is 'One row per live contact, as it is after all merges; columns and types as in raw.contacts.';

{% for column in columns %}
{% if column.name in updated_names %}
{% set comment = "System column " ~ column.name ~ ": the later of the newest row's own and the last merge's." %}
{% elif not column.fields %}
{% set comment = "System column " ~ column.name ~ ", of the newest row." %}
{% elif column.fields[0].json or column.fields[0].label != column.name %}
{% set comment = "JSON field " ~ column.name ~ ", folded key by key." %}
{% else %}
{% set comment = "Field " ~ column.name ~ ", folded." %}
{% endif %}
comment on column merged.contacts.{{ column.name | ident }} is {{ comment | literal }};
{% endfor %}
