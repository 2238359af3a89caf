-- One row per contact whose imported pointer, its own or that of a list that names it, differs from the one that the ledger has.
-- A contact's own pointer goes before lists, and of lists that of the least id. One that names its own row is no pointer. A
-- pointer lasts where the export does not hold its contact.
--   listed: whether a list says so, or said so before
-- grain: one row per contact whose imported pointer differs from the one that the ledger has
-- reads: ledger.imports, listed_ids, raw._cm_entity, {keys}
-- kind: temp table new_imports
with

newest as (

    select
        contact_key,
        target_key,
        coalesce(listed, false) as listed,
        row_number() over (partition by contact_key order by batch_no desc) as newest
    from ledger.imports

),

exported as (

    select
        contacts._cm_key as contact_key,
        contacts._cm_id as contact_id,
        case when contacts._cm_into <> contacts._cm_key then contacts._cm_into end as target_key,  -- rule: pointer-to-itself
        {% if pointer %}said(contacts.{{ entity.merged_into | ident }}){% else %}cast(null as varchar){% endif %} as target_id,
        {% if workspace %}said(contacts.{{ entity.workspace | ident }}){% else %}cast(null as varchar){% endif %} as workspace_id
    from raw._cm_entity as contacts
    {% if restored %}
    semi join {{ keys }} as loaded on loaded._cm_key = contacts._cm_key
    {% endif %}

),

{% if lists %}
listed as (

    select
        contact_key,
        spelled,
        list_key,
        row_number() over (partition by contact_key order by list_key, place) as number  -- rule: least-list
    from listed_ids
    where contact_key <> list_key

),

pointing as (

    select
        listed.contact_key,
        listed.spelled as contact_id,
        listed.list_key as target_key,
        lists.contact_id as target_id,
        lists.workspace_id
    from listed
    inner join exported as lists on lists.contact_key = listed.list_key
    where listed.number = 1

),

found as (

    select
        exported.contact_key,
        exported.contact_id,
        coalesce(exported.target_key, pointing.target_key) as target_key,  -- rule: own-before-lists
        case when exported.target_key is not null then exported.target_id else pointing.target_id end as target_id,
        exported.workspace_id,
        exported.target_key is null and pointing.target_key is not null as listed
    from exported
    left join pointing on pointing.contact_key = exported.contact_key

    union all

    select
        pointing.*,
        true
    from pointing
    anti join exported on exported.contact_key = pointing.contact_key

)
{% else %}
found as (

    select
        *,
        false as listed
    from exported

)
{% endif %}

select
    found.contact_key,
    found.contact_id,
    found.target_key,
    found.target_id,
    found.workspace_id,
    found.listed or (found.target_key is null and newest.listed) as listed
from found
left join newest on newest.contact_key = found.contact_key and newest.newest = 1
where newest.target_key is distinct from found.target_key
