-- One row per contact of a chunk, by its number in the chunk.
-- grain: one row per contact of a chunk
-- reads: json_chunks
-- kind: query
select n
from json_chunks
where chunk = $chunk
order by number
