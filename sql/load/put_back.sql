-- Adds one row per earlier row that is kept, in the columns of the new table.
-- grain: one row per earlier row that is kept
-- reads: kept_rows
-- kind: insert into {{ raw }} by name
select {{ items }}, {{ helpers | map("ident") | join(", ") }}
from kept_rows
