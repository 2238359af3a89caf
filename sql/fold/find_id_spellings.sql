-- One row per contact whose id is not everywhere spelled as UUIDs are written, in the raw tables as they are now.
-- grain: one row per contact whose id is not everywhere spelled as UUIDs are written
-- reads: raw.contacts, raw.{child.name}
-- kind: replace fold.id_spellings
with

named as (

    {% for child in children %}
    select _cm_contact_key as contact_key
    from raw.{{ child.name | ident }}
    where cast({{ child.reference | ident }} as varchar) <> cast(_cm_contact_key as varchar)
    union all
    {% endfor %}
    select null as contact_key
    where false

)

select
    contacts._cm_key as contact_key,
    cast(contacts.id as varchar) as contact_id
from raw.contacts as contacts
where cast(contacts.id as varchar) <> cast(contacts._cm_key as varchar)
    or contacts._cm_key in (select contact_key from named)  -- rule: staying-children
