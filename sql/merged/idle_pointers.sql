-- One row per imported pointer without effect: it would close a circle with a merge, and counts when that merge is undone.
-- grain: one row per imported pointer without effect
-- reads: fold.idle_pointers, fold.redirects, ledger.imports, ledger.requests, raw._cm_entity
-- kind: view merged.idle_pointers
select
    coalesce(contacts._cm_id, imports.contact_id) as contact_id,
    coalesce(targets._cm_id, retired.retired_id, imports.target_id) as target_id,
    requests.request_id,
    imports.imported_at
from fold.idle_pointers as idle
inner join ledger.imports as imports
    on imports.contact_key = idle.contact_key and imports.batch_no = idle.batch_no
inner join ledger.requests as requests on requests.seq = idle.seq
left join raw._cm_entity as contacts on contacts._cm_key = idle.contact_key
left join raw._cm_entity as targets on targets._cm_key = idle.target_key
left join fold.redirects as retired on retired.retired_key = idle.target_key;

comment on view merged.idle_pointers is
    'One row per imported pointer without effect: it would close a circle with a merge, and counts when that merge is undone.';
comment on column merged.idle_pointers.contact_id is
    {{ ("The contact whose row names another one in " ~ entity.merged_into ~ "; it is not retired by that.") | literal }};
comment on column merged.idle_pointers.target_id is 'The contact that it names.';
comment on column merged.idle_pointers.request_id is 'The newest request whose merge is on the circle.';
comment on column merged.idle_pointers.imported_at is 'The time of the run that loaded the pointer.'
