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

pointers as (

    select
        contact_key,
        arg_max(target_key, batch_no) as target_key
    from ledger.imports
    group by contact_key

)

select
    $batch_no,
    newest.contact_key,
    newest.version_batch,
    $columns,
    pointers.target_key
from newest
left join pointers on pointers.contact_key = newest.contact_key
anti join raw._cm_entity as contacts on contacts._cm_key = newest.contact_key  -- rule: restored
