-- One row per text that is noted, but may be the JSON object that it should be.
-- grain: one row per text
-- reads: noted_rows
-- kind: query
select distinct suspect
from noted_rows
where suspect is not null
