-- Adds one row per survivor of a chunk and key of a JSON field that came from another contact: which, and by which merge.
-- grain: one row per survivor of a chunk and key
-- reads: json_chunks, json_frame
-- kind: insert into fold.json_provenance
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
    sources.contact_key,
    found.seq
from json_frame as found
inner join contacts as survivors on survivors.number = found.n
inner join contacts as sources on sources.number = found.source
