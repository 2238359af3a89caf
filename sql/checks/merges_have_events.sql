-- Every merge has its event, and every undone one whose contact came back; every event has its merge; no two have one id.
-- grain: one row per event and contact of which that is not so
-- reads: ledger.batches, ledger.merges, ledger.reversals, merged.events
-- kind: check
with

{# An id in a line is read without parsing the contact behind it: nothing before it can hold its name unescaped. #}
events as (

    select
        id,
        event,
        request_id,
        case
            when ends_with(event, '.merged') then split_part(split_part(line, '"merged_id":', 2), ',"request_id":', 1)
            else split_part(split_part(line, '"restored_id":', 2), ',"request_id":', 1)
        end as contact_id
    from merged.events
    where line is not null

),

mentions as (

    select
        batches.event || '.merged' as event,
        merges.request_id,
        cast(to_json(merges.retired_id) as varchar) as contact_id,
        1 as merges,
        0 as events
    from ledger.merges as merges
    left join ledger.batches as batches on batches.batch_no = merges.batch_no

    union all

    select
        batches.event || '.unmerged',
        reversals.request_id,
        cast(to_json(reversals.restored_id) as varchar),
        1,
        0
    from ledger.reversals as reversals
    semi join ledger.merges as merges
        on merges.seq = reversals.seq and merges.retired_key = reversals.retired_key
    left join ledger.batches as batches on batches.batch_no = reversals.batch_no
    where reversals.restored is not null

    union all

    select event, request_id, contact_id, 0, 1 from events

),

unpaired as (

    select
        event,
        request_id,
        trim(contact_id, '"') as contact_id,
        sum(merges) as merges,
        sum(events) as events
    from mentions
    group by event, request_id, contact_id
    having sum(merges) <> 1 or sum(events) <> 1

),

repeated as (

    select
        min(event) as event,
        min(request_id) as request_id,
        trim(min(contact_id), '"') as contact_id,
        1 as merges,
        count(*) as events
    from events
    group by id
    having count(*) > 1

)

select * from unpaired
union
select * from repeated;

select
    (select count(*) from ledger.merges)
    + (select count(*) from ledger.reversals)
    + (select count(*) from merged.events) as rows_checked
