-- One row: how many contacts the merges of a batch retired, how many fields they populated,
-- how many rows of each kind they moved.
-- grain: one row
-- reads: ledger.merges
-- kind: query
select
    count(*) as merges,
    coalesce(sum(len(fields_populated)), 0) as populated
    {%- for kind in kinds %},
    coalesce(sum(counts.{{ kind | ident }}), 0) as {{ kind | ident }}
    {%- endfor %}

from ledger.merges
where batch_no = $batch_no
