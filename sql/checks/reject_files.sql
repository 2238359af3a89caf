-- The lines of the files under rejects/ are those of the last run; manifest_files finds missing lines and those too many.
-- grain: one row per line of which that is not so
-- reads: due_rejects, reject_lines
-- kind: check
select
    due.file,
    due.position as line,
    'is another than the warehouse makes' as fault
from due_rejects as due
inner join reject_lines as found on found.file = due.file and found.position = due.position
where found.line_digest <> due.line_digest;

select count(*) as rows_checked
from reject_lines
