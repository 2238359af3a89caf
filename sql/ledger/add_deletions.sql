-- Adds one row per contact that the export of this batch deletes.
insert into ledger.deletions
select
    $batch_no,
    liveness.contact_key,
    cast(earlier.id as varchar),
    $as_of
from liveness
inner join {{ earlier }} as earlier on earlier._cm_key = liveness.contact_key
where liveness.change = 'deleted'
