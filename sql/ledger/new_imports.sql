-- One row per contact whose imported pointer in the loaded contacts differs from the one that the ledger has. One that names its
-- own row is no pointer.
-- grain: one row per contact whose imported pointer in the loaded contacts differs from the one that the ledger has
-- reads: ledger.imports, raw._cm_entity
-- kind: temp table new_imports
with

newest as (

    select
        contact_key,
        target_key,
        row_number() over (partition by contact_key order by batch_no desc) as newest
    from ledger.imports

),

loaded as (

    select
        * exclude (_cm_into),
        case when _cm_into <> _cm_key then _cm_into end as _cm_into  -- rule: pointer-to-itself
    from raw._cm_entity

)

select
    contacts._cm_key as contact_key,
    contacts._cm_id as contact_id,
    contacts._cm_into as target_key,
    {% if pointer %}said(contacts.{{ entity.merged_into | ident }}){% else %}cast(null as varchar){% endif %} as target_id,
    {% if workspace %}said(contacts.{{ entity.workspace | ident }}){% else %}cast(null as varchar){% endif %} as workspace_id
from loaded as contacts
left join newest on newest.contact_key = contacts._cm_key and newest.newest = 1
where newest.target_key is distinct from contacts._cm_into
