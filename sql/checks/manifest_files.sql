-- Each file of manifest.json is there, with the rows and bytes that it tells.
-- One row per file of which that is not so.
select
    name as file,
    told_rows,
    found_rows,
    told_bytes,
    found_bytes
from manifest_files
where told_rows is distinct from found_rows or told_bytes is distinct from found_bytes;

select count(*) as looked_at
from manifest_files
