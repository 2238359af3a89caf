-- One row per row of {{ table }} as the file has it that was loaded, with the keys of that row.
-- grain: one row per row of {{ table }}
-- reads: {keys}, {rows}
-- kind: view {{ view }}
select
    snapshot.* exclude (file_row_number),
    keys.* exclude (_cm_row)
from {{ rows }} as snapshot
inner join {{ keys }} as keys on keys._cm_row = snapshot.file_row_number
