-- Adds one row per duplicate of a request of a chunk: the keys of a JSON field that it gave.
-- grain: one row per duplicate of a request of a chunk
-- reads: json_frame
-- kind: insert into json_given
select
    {{ field.i }},
    *
from json_frame
