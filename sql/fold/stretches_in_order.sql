-- One row per contact that an accepted request of this batch names, request after request, in the order in which values count.
-- grain: one row per contact that an accepted request of this batch names
-- reads: stretches
-- kind: query
select
    seq,
    ord,
    owner,
    first_position,
    last_position
from stretches
order by seq, turn
