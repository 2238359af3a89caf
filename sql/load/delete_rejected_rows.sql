-- Deletes the rejected rows that do not stay.
-- reads: rejected_rows
-- kind: change {{ target }}
delete from {{ target }}
where {{ row_id }} in (select row_id from rejected_rows where not stays)
