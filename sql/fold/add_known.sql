-- Adds what the fold of JSON fields found in a chunk: to `json_after` a row per request, to `json_survivors` one per survivor.
-- grain: one row per request, or survivor, of a chunk
-- reads: json_frame
-- kind: insert into {{ table }} by name
select
    *,
    true as known
from json_frame
