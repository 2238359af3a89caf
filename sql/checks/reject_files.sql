-- The lines of the files under rejects/ are those of the last run; what is missing or too many, manifest_files tells.
-- One row per line of which that is not so.
select
    due.file,
    due.place as line,
    'is another than the warehouse makes' as fault
from due_rejects as due
inner join reject_lines as found on found.file = due.file and found.place = due.place
where found.line_digest <> due.line_digest;

select count(*) as looked_at
from reject_lines
