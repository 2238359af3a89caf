-- One row: how many new requests there are, and how many of them have duplicate_ids that can be read.
-- grain: one row
-- reads: new_requests
-- kind: query
select
    count(*) as requests,
    count(duplicate_ids) as readable
from new_requests
