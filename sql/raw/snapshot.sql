-- One row per row of {{ table }} as the file has it that was loaded, with the keys of that row.
-- grain: one row per row of {{ table }}
-- reads: {keys}
-- kind: view {{ view }}
select
    snapshot.* exclude (file_row_number),
    keys.* exclude (_cm_row)
from read_parquet({{ file }}, hive_partitioning = false, file_row_number = true) as snapshot
inner join {{ keys }} as keys on keys._cm_row = snapshot.file_row_number
