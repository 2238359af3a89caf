{% from "ledger/_chain.sql" import link, sealed_tables %}
-- Links the batch that is closed to the one before.
-- reads: ledger.batches, ledger.digests
-- kind: change ledger.batches
update ledger.batches
set
    previous_digest = (select previous.digest from ledger.batches as previous where previous.batch_no = $batch_no - 1),
    digest = (
        select {{ link("batch", "any_value(previous.digest)", sealed_tables("digests")) }}
        from ledger.batches as batch
        left join ledger.digests as digests on digests.batch_no = batch.batch_no
        left join ledger.batches as previous on previous.batch_no = batch.batch_no - 1
        where batch.batch_no = $batch_no
        group by batch.batch_no, batch.batch_id, batch.kind, batch.as_of, batch.allowed, batch.settings
    )
where batch_no = $batch_no
