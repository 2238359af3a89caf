{% from "fold/_values.sql" import stripped %}
-- One row per contact whose id is not everywhere in its usual spelling, in the raw tables as they are now.
-- grain: one row per contact whose id is not everywhere in its usual spelling
-- reads: raw._cm_entity, raw.{child}
-- kind: replace fold.id_spellings
with

named as (

    {% for child, cells in named %}
    {% if cells.several %}
    select contact_key
    from (
        select
            unnest({{ cells.key_column }}) as contact_key,
            unnest({{ cells.texts(cells.column | ident) }}) as part
        from raw.{{ child | ident }}
        where {{ cells.key_column }} is not null
    ) as parts
    where {{ "part" if cells.is_list else stripped("part") }} <> {{ usual("contact_key") }}
    {% else %}
    select {{ cells.key_column }} as contact_key
    from raw.{{ child | ident }}
    where {{ cells.column | ident }} <> {{ usual(cells.key_column) }}
    {% endif %}
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
