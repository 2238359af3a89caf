-- One row per imported pointer of a contact of $keys, as exports set, changed and emptied it, with the request of the merge that
-- leaves it without effect.
-- grain: one row per imported pointer of a contact of $keys
-- reads: fold.idle_pointers, ledger.batches, ledger.imports, ledger.requests
-- kind: query
with

about as (

    select unnest(cast($keys as {{ key_type }}[])) as contact_key

)

select
    imports.batch_no,
    batches.batch_id,
    imports.imported_at,
    imports.contact_key,
    imports.contact_id,
    imports.target_key,
    imports.target_id,
    coalesce(imports.listed, false) as listed,
    requests.request_id as idle_while
from ledger.imports as imports
semi join about on about.contact_key = imports.contact_key
inner join ledger.batches as batches on batches.batch_no = imports.batch_no
left join fold.idle_pointers as idle
    on idle.contact_key = imports.contact_key and idle.batch_no = imports.batch_no
left join ledger.requests as requests on requests.seq = idle.seq
order by imports.batch_no, imports.contact_key
