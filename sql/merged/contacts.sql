-- One row per live contact, as it is after all merges; columns and types as in raw.contacts.
create or replace view merged.contacts as
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
anti join retired on retired.retired_key = contacts._cm_key;

comment on view merged.contacts is 'One row per live contact, as it is after all merges; columns and types as in raw.contacts.'
