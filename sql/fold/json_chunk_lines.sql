-- One row per place of the lines of a chunk, line by line: contacts are given by their numbers in the chunk.
-- grain: one row per place of the lines of a chunk
-- reads: component_line, json_chunks
-- kind: query
select
    owners.number as owner,
    line.position,
    places.number,
    coalesce(line.joined_seq, 0) as joined_seq
from json_chunks as places
inner join component_line as line on line.n = places.n
inner join json_chunks as owners on owners.n = line.owner
where places.chunk = $chunk
order by owners.number, line.position
