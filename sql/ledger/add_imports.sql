-- Adds one row per changed imported pointer of this batch.
-- grain: one row per changed imported pointer of this batch
-- reads: new_imports, raw.contacts
-- kind: insert into ledger.imports
select
    $batch_no,
    new_imports.contact_key,
    new_imports.contact_id,
    new_imports.target_key,
    case when new_imports.target_key is not null then coalesce(cast(targets.id as varchar), stripped(new_imports.target_id)) end,
    new_imports.workspace_id,
    $as_of
from new_imports
left join raw.contacts as targets on targets._cm_key = new_imports.target_key
