-- Adds, in the name of the next batch, one row per contact that a pointer names and contacts lost before deletions were recorded.
-- For a warehouse of version 3, in which contact_versions had the name seen.
-- grain: one row per contact that a pointer names and contacts lost before deletions were recorded
-- reads: ledger.batches, ledger.imports, ledger.seen, raw.contacts
-- kind: insert into ledger.deletions
select
    (select max(batch_no) + 1 from ledger.batches),
    versions._cm_key,
    arg_max(cast(versions.id as varchar), versions._cm_batch),
    (select max_by(as_of, batch_no) from ledger.batches)
from ledger.seen as versions
semi join ledger.imports as imports on imports.target_key = versions._cm_key
anti join raw.contacts as contacts on contacts._cm_key = versions._cm_key
group by versions._cm_key
