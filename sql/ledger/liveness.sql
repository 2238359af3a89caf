-- One row per contact of which the load of this batch changed whether it is live, or that was already retired when imported.
-- `change` is one of
-- - deleted: the export no longer holds it
-- - retired: an imported pointer has effect now
-- - back: it was deleted or retired by an earlier batch
-- - new: it was never live before
-- - new_retired: it never was, and has such a pointer
-- grain: one row per contact of which the load of this batch changed whether it is live
-- reads: fold.redirects, ledger.contact_versions, ledger.deletions, ledger.imports, live_before, new_imports, {keys}
-- kind: temp table liveness
with

live_now as (

    select contacts._cm_key as contact_key
    from {{ keys }} as contacts
    anti join fold.redirects as redirects on redirects.retired_key = contacts._cm_key

),

known as (

    select contact_key from ledger.deletions  -- rule: back-not-new
    union all
    select contact_key from ledger.imports where batch_no < $batch_no
    union all
    select _cm_key from ledger.contact_versions where _cm_batch < $batch_no

),

lost as (

    select contact_key from live_before
    anti join live_now using (contact_key)

),

gained as (

    select contact_key from live_now
    anti join live_before using (contact_key)

),

new_retired as (

    select new_imports.contact_key
    from new_imports
    semi join fold.redirects as redirects on redirects.retired_key = new_imports.contact_key
    anti join live_before on live_before.contact_key = new_imports.contact_key
    anti join known on known.contact_key = new_imports.contact_key

)

select
    contact_key,
    case when contact_key in (select retired_key from fold.redirects) then 'retired' else 'deleted' end as change
from lost
union all
select
    contact_key,
    case when contact_key in (select contact_key from known) then 'back' else 'new' end as change
from gained
union all
select
    contact_key,
    'new_retired' as change
from new_retired
