-- manifest.json has this warehouse's newest batch and its digest: no end of the ledger was cut off, no file set is older.
-- grain: one row where that is not so
-- reads: ledger.batches, ledger.warehouse, manifest
-- kind: check
with

newest as (

    select
        batches.batch_id,
        batches.digest
    from ledger.batches as batches
    order by batches.batch_no desc
    limit 1

),

compared as (

    select
        manifest.batch_id as manifest_batch,
        newest.batch_id as warehouse_batch,
        case
            when manifest.is_read is null then 'manifest.json is missing or cannot be read'
            when manifest.warehouse_id is distinct from cast(warehouse.warehouse_id as varchar)
                then 'manifest.json is of another warehouse'
            when manifest.ledger_digest is not distinct from newest.digest
                and manifest.batch_id is not distinct from newest.batch_id then null
            when older.digest is not null then 'the files are older than the ledger'
            else 'the ledger holds no such batch: its end was cut off or changed'
        end as fault
    from ledger.warehouse as warehouse
    left join newest on true
    left join (select *, true as is_read from manifest) as manifest on true
    left join ledger.batches as older on older.digest = manifest.ledger_digest

)

select * from compared
where fault is not null;

select count(*) as rows_checked
from manifest
