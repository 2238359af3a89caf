-- One row per value of an extra column of a request that its type cannot hold; the request stays.
-- grain: one row per value of an extra column of a request that its type cannot hold
-- reads: noted_rows, prepared_requests, staged_requests
-- kind: temp table noted_requests
select
    row_id,
    row_id - (select min({{ row_id }}) from staged_requests) as ordinal,
    reason
from noted_rows
where row_id not in (select row_id from prepared_requests where reason is not null)
