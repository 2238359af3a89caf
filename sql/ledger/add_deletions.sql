-- Adds one row per contact that the export of this batch deletes; the fold of this batch reads them.
-- grain: one row per contact that the export of this batch deletes
-- reads: live_before, raw._cm_entity, {earlier}
-- kind: insert into ledger.deletions
select
    $batch_no,
    live_before.contact_key,
    earlier._cm_id,
    $as_of
from live_before
inner join {{ earlier }} as earlier on earlier._cm_key = live_before.contact_key
anti join raw._cm_entity as contacts on contacts._cm_key = live_before.contact_key
