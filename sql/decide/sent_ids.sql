-- One row per id of some that requests name: as it was sent.
-- grain: one row per request and id
-- reads: bad_ids_frame, named_ids
-- kind: query
select
    seq,
    ord,
    sent
from named_ids
semi join bad_ids_frame using (seq, ord)
