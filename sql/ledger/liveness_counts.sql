-- One row per change of liveness, with the number of contacts.
-- grain: one row per change
-- reads: liveness
-- kind: query
select
    change,
    count(*) as contacts
from liveness
group by change
