-- One row per active merge of the component, in the order of the merges.
-- grain: one row per active merge of the component
-- reads: component_merges
-- kind: query
select
    batch_no,
    seq,
    ordinal,
    p,
    d,
    overwrite
from component_merges
order by seq, ordinal
