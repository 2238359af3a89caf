-- Adds one row per contact that comes back, but that contacts do not hold: its last known row, in the columns of contacts now.
-- grain: one row per contact that comes back, but that contacts do not hold
-- reads: chosen_reversals, ledger.contact_versions, ledger.imports, raw._cm_entity
-- kind: insert into ledger.restored
with

newest as (

    select
        versions._cm_key as contact_key,
        max(versions._cm_batch) as version_batch
    from ledger.contact_versions as versions
    semi join chosen_reversals on chosen_reversals.retired_key = versions._cm_key
    group by versions._cm_key

),

{% if keys %}
named as (

    select
        _cm_key as contact_key,
        _cm_batch as version_batch,
        map(
            [{% for name in keys %}{{ name | literal }}{{ ", " if not loop.last }}{% endfor %}],
            [{% for value in keys.values() %}cast({{ value }} as {{ key_type }}){{ ", " if not loop.last }}{% endfor %}]
        ) as reference_keys
    from ledger.contact_versions
    where _cm_key in (select retired_key from chosen_reversals)

),

{% endif %}
pointers as (

    select
        contact_key,
        case when listed then null else target_key end as target_key  -- rule: lists-speak-for-themselves
    from ledger.imports
    qualify row_number() over (partition by contact_key order by batch_no desc) = 1

)

select
    $batch_no,
    newest.contact_key,
    newest.version_batch,
    $columns,
    pointers.target_key,
    {{ "named.reference_keys" if keys else "null" }}
from newest
{% if keys %}
inner join named on named.contact_key = newest.contact_key and named.version_batch = newest.version_batch
{% endif %}
left join pointers on pointers.contact_key = newest.contact_key
anti join raw._cm_entity as contacts on contacts._cm_key = newest.contact_key  -- rule: restored
