-- Adds one row per changed imported pointer of this batch.
-- grain: one row per changed imported pointer of this batch
-- reads: new_imports, raw._cm_entity
-- kind: insert into ledger.imports
select
    $batch_no,
    new_imports.contact_key,
    new_imports.contact_id,
    new_imports.target_key,
    case when new_imports.target_key is not null then coalesce(targets._cm_id, stripped(new_imports.target_id)) end,
    new_imports.workspace_id,
    $as_of,
    case when new_imports.listed then true end
from new_imports
left join raw._cm_entity as targets on targets._cm_key = new_imports.target_key
