-- The files under events/ hold each event of the batches delivered once, in order, and nothing else.
-- grain: one row per line of which that is not so
-- reads: event_lines, ledger.batches, ledger.deliveries, merged.events
-- kind: check
with

due as (

    select
        batches.event || case batches.kind when 'run' then '_merged-' else '_unmerged-' end || batches.batch_id || '.jsonl'
            as file,
        events.position,
        md5(events.line) as line_digest,
        deliveries.batch_no is not null as delivered
    from merged.events as events
    inner join ledger.batches as batches on batches.batch_no = events.batch_no
    left join (select distinct batch_no from ledger.deliveries) as deliveries
        on deliveries.batch_no = events.batch_no

),

compared as (

    select
        coalesce(due.file, found.file) as file,
        coalesce(due.position, found.position) as line,
        case
            when due.file is null then 'is no event of this batch, or one more than it has'
            when found.file is null and due.delivered then 'is missing'
            when found.line_digest <> due.line_digest then 'is another than the ledger makes'
        end as fault
    from due
    full outer join event_lines as found on found.file = due.file and found.position = due.position

)

select * from compared
where fault is not null;

select
    (select count(*) from event_lines) as rows_checked
