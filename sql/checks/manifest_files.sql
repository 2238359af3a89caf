-- Each file of manifest.json is there, with the rows and bytes that it lists.
-- grain: one row per file of which that is not so
-- reads: manifest_files
-- kind: check
select
    name as file,
    listed_rows,
    found_rows,
    listed_bytes,
    found_bytes
from manifest_files
where listed_rows is distinct from found_rows or listed_bytes is distinct from found_bytes;

select count(*) as rows_checked
from manifest_files
