-- One row per contact whose id is not everywhere spelled as UUIDs are written, in the raw tables as they are now.
-- grain: one row per contact whose id is not everywhere spelled as UUIDs are written
-- reads: raw._cm_entity, raw.{child.name}
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
    contacts._cm_id as contact_id
from raw._cm_entity as contacts
where contacts._cm_id <> cast(contacts._cm_key as varchar)
    or contacts._cm_key in (select contact_key from named)  -- rule: staying-children
