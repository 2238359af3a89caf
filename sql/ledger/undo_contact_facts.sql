-- One row per contact that an undo names, in order: how many of the named merges retired it and how many of those are still
-- active. Then whether an imported pointer retires it, whether contacts hold it, and whether the ledger names it.
-- grain: one row per contact that an undo names
-- reads: fold.redirects, ledger.contact_versions, ledger.imports, named_merges, raw._cm_entity, undo_contacts
-- kind: query
with

contacts as (

    select * from undo_contacts

),

named as (

    select
        retired_key,
        count(*) as named,
        count(*) filter (where is_active) as active
    from named_merges
    group by retired_key

),

known as (

    select _cm_key as contact_key from ledger.contact_versions
    union all
    select contact_key from ledger.imports
    union all
    select target_key from ledger.imports

)

select
    contacts.contact,
    contacts.contact_key is not null as is_id,
    coalesce(named.named, 0) as named,
    coalesce(named.active, 0) as active,
    coalesce(redirects.seq is null and redirects.retired_key is not null, false) as imported,
    contacts.contact_key in (select _cm_key from raw._cm_entity) as loaded,
    contacts.contact_key in (select known.contact_key from known where known.contact_key is not null) as known
from contacts
left join named on named.retired_key = contacts.contact_key
left join fold.redirects as redirects on redirects.retired_key = contacts.contact_key
order by contacts.index
