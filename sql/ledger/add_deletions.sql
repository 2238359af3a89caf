-- Adds one row per contact that the export of this batch deletes; the fold of this batch reads them. So it may be with one that a
-- list of merged ids retires: where the export lacks its row and the list its id, it is retired no more.
-- grain: one row per contact that the export of this batch deletes
-- reads: ledger.imports, live_before, {earlier}, {keys}
-- kind: insert into ledger.deletions
with

held as (

    select contact_key from live_before

    union

    select contact_key
    from ledger.imports
    where listed

)

select
    $batch_no,
    held.contact_key,
    earlier._cm_id,
    $as_of
from held
inner join {{ earlier }} as earlier on earlier._cm_key = held.contact_key
anti join {{ keys }} as contacts on contacts._cm_key = held.contact_key
