-- One row per contact whose id is not everywhere in its usual spelling, in the raw tables as they are now.
-- grain: one row per contact whose id is not everywhere in its usual spelling
-- reads: raw._cm_entity, raw.{child.name}
-- kind: replace fold.id_spellings
with

named as (

    {% for child in children %}
    select _cm_contact_key as contact_key
    from raw.{{ child.name | ident }}
    where {{ child.reference | ident }} <> {{ usual("_cm_contact_key") }}
    union all
    {% endfor %}
    {% for name, helper in (references | default({})).items() %}
    select {{ helper | ident }} as contact_key
    from raw._cm_entity
    where {{ name | ident }} <> {{ usual(helper | ident) }}
    union all
    {% endfor %}
    select cast(null as {{ key_type }}) as contact_key
    where false

)

select
    contacts._cm_key as contact_key,
    contacts._cm_id as contact_id
from raw._cm_entity as contacts
where {{ "contacts._cm_id <> " ~ usual("contacts._cm_key") if contacts_differ else "false" }}
    or contacts._cm_key in (select contact_key from named)  -- rule: staying-children
