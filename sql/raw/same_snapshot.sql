-- One row: the digest of a table's snapshot; none where it has another size, or its columns were read otherwise.
-- grain: one row
-- reads: raw._cm_snapshots
-- kind: query
select sha256
from raw._cm_snapshots
where table_name = $table and bytes = $bytes and read_as = $read_as
