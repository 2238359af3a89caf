-- Adds one row per survivor of a chunk, key of a JSON field and value of it that was not taken.
-- grain: one row per survivor of a chunk, key and value
-- reads: json_chunks, json_frame
-- kind: insert into fold.json_conflicts
with

contacts as (

    select
        number,
        contact_key
    from json_chunks
    where chunk = $chunk

)

select
    survivors.contact_key,
    $field,
    found.json_key,
    found.kept_value,
    kept.contact_key,
    found.other_value,
    others.contact_key,
    found.seq
from json_frame as found
inner join contacts as survivors on survivors.number = found.n
inner join contacts as kept on kept.number = found.kept
inner join contacts as others on others.number = found.other
