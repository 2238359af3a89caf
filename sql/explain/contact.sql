-- One row: what the warehouse knows of the contact asked for; all null for an id that is nowhere.
-- grain: one row
-- reads: fold.line, fold.redirects, fold.survivors, ledger.batches, ledger.contact_versions, ledger.deletions,
--   ledger.imports, raw._cm_entity
-- kind: query
with

loaded as (

    select _cm_id as contact_id
    from raw._cm_entity
    where _cm_key = $key

),

kept as (

    select arg_max({{ id_of("versions") }}, _cm_batch) as contact_id
    from ledger.contact_versions as versions
    where _cm_key = $key

),

imported as (

    select arg_max(contact_id, batch_no) as contact_id
    from ledger.imports
    where contact_key = $key and listed is null

),

listed as (

    select arg_max(contact_id, batch_no) as contact_id
    from ledger.imports
    where contact_key = $key and listed

),

deleted as (

    select
        arg_max(deletions.contact_id, deletions.batch_no) as contact_id,
        arg_max(batches.batch_id, deletions.batch_no) as batch_id,
        arg_max(deletions.deleted_at, deletions.batch_no) as deleted_at
    from ledger.deletions as deletions
    inner join ledger.batches as batches on batches.batch_no = deletions.batch_no
    where deletions.contact_key = $key

),

pointed_at as (

    select any_value(primary_id) as contact_id
    from fold.redirects
    where target_key = $key

)

select
    (select contact_id from loaded) as loaded_id,
    coalesce((select contact_id from kept), (select contact_id from imported)) as known_id,
    coalesce((select contact_id from pointed_at), (select contact_id from listed)) as pointed_at_id,
    (select root_key from fold.line where contact_key = $key) as root_key,
    (select count(*) > 0 from fold.survivors where _cm_key = $key) as survivor,
    coalesce((select _cm_changed from fold.survivors where _cm_key = $key), false) as changed,
    (select contact_id from deleted) as deleted_id,
    (select batch_id from deleted) as deleted_by,
    (select deleted_at from deleted) as deleted_at
