{% from "ledger/_chain.sql" import link, sealed_tables %}
-- Rows were only ever appended to the ledger: the chain of digests over batches comes out as it was sealed.
-- grain: one row per batch and table of which that is not so
-- reads: found_digests, ledger.batches, ledger.digests
-- kind: check
with

batches as (

    select * from ledger.batches

),

sealed as (

    select * from ledger.digests

),

changed as (

    select
        coalesce(sealed.batch_no, found.batch_no) as batch_no,
        case coalesce(sealed.table_name, found.table_name)
            {% for former, name in former_names.items() %}
            when {{ former | literal }} then {{ name | literal }}
            {% endfor %}
            else coalesce(sealed.table_name, found.table_name)
        end as table_name,
        coalesce(sealed.row_count, 0) as rows_sealed,
        coalesce(found.row_count, 0) as rows_found,
        'holds other rows than were sealed' as fault
    from sealed
    full outer join found_digests as found
        on found.batch_no = sealed.batch_no and found.table_name = sealed.table_name
    where sealed.digest is distinct from found.digest or sealed.row_count is distinct from found.row_count

),

unlinked as (

    select
        batch.batch_no,
        'batches' as table_name,
        sum(digests.row_count) as rows_sealed,
        null as rows_found,
        'does not follow from the batch before and its own rows' as fault
    from batches as batch
    left join sealed as digests on digests.batch_no = batch.batch_no
    left join batches as previous on previous.batch_no = batch.batch_no - 1
    group by
        batch.batch_no,
        batch.batch_id,
        batch.kind,
        batch.as_of,
        batch.allowed,
        batch.settings,
        batch.digest,
        batch.previous_digest
    having batch.digest is distinct from {{ link("batch", "any_value(previous.digest)", sealed_tables("digests")) }}
        or batch.previous_digest is distinct from any_value(previous.digest)

),

missing as (

    select
        sealed.batch_no,
        'batches' as table_name,
        sum(sealed.row_count) as rows_sealed,
        null as rows_found,
        'is missing, but its rows were sealed' as fault
    from sealed
    anti join batches on batches.batch_no = sealed.batch_no
    group by sealed.batch_no

)

select * from changed
union all
select * from unlinked
union all
select * from missing;

select coalesce(sum(row_count), 0) as rows_checked
from found_digests
