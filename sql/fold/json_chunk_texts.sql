-- One row per contact of a chunk, by its number in the chunk: the text of a JSON field with which its place began.
-- grain: one row per contact of a chunk
-- reads: json_chunks, place_values
-- kind: query
select cast(place_values.value_{{ field.i }} as varchar) as text
from json_chunks
left join place_values on place_values.n = json_chunks.n
where json_chunks.chunk = $chunk
order by json_chunks.number
