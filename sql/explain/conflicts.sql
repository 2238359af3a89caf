-- One row per value of a live contact's field, or key of a JSON field, that was not taken, along the line.
-- It says whose it was, and at which merge.
-- grain: one row per field and value
-- reads: fold.conflicts, fold.line
-- kind: query
select
    conflicts.field,
    conflicts.json_key,
    conflicts.other_value,
    conflicts.other_from,
    conflicts.seq
from fold.conflicts as conflicts
inner join fold.line as line on line.contact_key = conflicts.other_from
where conflicts.contact_key = $key
order by line.position
