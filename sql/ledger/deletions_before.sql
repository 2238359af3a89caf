-- Adds, in the name of the next batch, one row per contact that a pointer names and contacts lost before deletions were noted.
insert into ledger.deletions
select
    (select max(batch_no) + 1 from ledger.batches),
    seen._cm_key,
    arg_max(cast(seen.id as varchar), seen._cm_batch),
    (select max_by(as_of, batch_no) from ledger.batches)
from ledger.seen as seen
semi join ledger.imports as imports on imports.target_key = seen._cm_key
anti join raw.contacts as contacts on contacts._cm_key = seen._cm_key
group by seen._cm_key
