-- One row per entry of the rejects of a table, or of all where none is named, as their files order them.
-- A row may be rejected for several reasons.
-- grain: one row per entry of the rejects
-- reads: raw.rejects
-- kind: query
select
    table_name,
    file,
    row_number,
    reason,
    raw
from raw.rejects
where $table is null or table_name = $table
order by table_name, file, row_number, reason  -- rule: one-order
