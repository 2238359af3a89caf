-- One row per imported pointer of one of the contacts told of, as exports set, changed and emptied it.
with

about as (

    select unnest(cast($keys as uuid[])) as contact_key

)

select
    imports.batch_no,
    batches.batch_id,
    imports.imported_at,
    imports.contact_key,
    imports.contact_id,
    imports.target_key,
    imports.target_id
from ledger.imports as imports
semi join about on about.contact_key = imports.contact_key
inner join ledger.batches as batches on batches.batch_no = imports.batch_no
order by imports.batch_no, imports.contact_key
