-- One row per contact anywhere in the warehouse whose id lies between two others: the first of them, and how many there are.
-- grain: one row per contact anywhere in the warehouse whose id lies between two others
-- reads: fold.redirects, ledger.contact_versions, ledger.deletions, ledger.imports, raw._cm_entity
-- kind: query
with

everywhere as (

    select _cm_key as contact_key from raw._cm_entity
    union all
    select _cm_key from ledger.contact_versions
    union all
    select contact_key from ledger.imports
    union all
    select contact_key from ledger.deletions
    union all
    select retired_key from fold.redirects
    union all
    select target_key from fold.redirects

),

found as (

    select distinct contact_key
    from everywhere
    where contact_key between cast($first as {{ key_type }}) and cast($last as {{ key_type }})

)

select
    contact_key,
    count(*) over () as found
from found
order by contact_key
limit $shown
