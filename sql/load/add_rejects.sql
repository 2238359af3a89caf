-- Adds one row per row with a reason of {{ rejected }}: what of a table just loaded could not be used, or not in full.
-- grain: one row per row with a reason of {{ rejected }}
-- reads: row_positions, {rejected}, {target}
-- kind: insert into raw.rejects
select
    $table as table_name,
    row_positions.file,
    row_positions.first_row + rejected.ordinal - row_positions.first_ordinal as row_number,
    rejected.reason,
    {{ raw_row }} as raw
from {{ rejected }} as rejected
asof join row_positions on rejected.ordinal >= row_positions.first_ordinal
inner join {{ target }} as loaded on loaded.{{ row_id }} = rejected.row_id
where rejected.reason is not null
order by rejected.ordinal
