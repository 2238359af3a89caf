-- One row per id that a sound request names: as it was sent, and as ids compare.
-- grain: one row per request and id that it names
-- reads: ids_frame
-- kind: temp table named_ids
select
    seq,
    ord,
    sent,
    cast(value as {{ key_type }}) as contact_key
from ids_frame
order by seq, ord
