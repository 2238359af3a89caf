-- The files under rejects/ hold the rejects of the last run, each once, in order, and nothing else.
-- One row per line of which that is not so.
with

compared as (

    select
        coalesce(due.file, found.file) as file,
        coalesce(due.place, found.place) as line,
        case
            when due.file is null then 'is no reject of the last run'
            when found.file is null then 'is missing'
            when found.line_digest <> due.line_digest then 'is another than the warehouse makes'
        end as fault
    from due_rejects as due
    full outer join reject_lines as found on found.file = due.file and found.place = due.place

)

select * from compared
where fault is not null;

select (select count(*) from reject_lines) as looked_at
