-- One row per accepted request of this batch that names duplicates: the rows that moved to the primary, by kind.
-- grain: one row per accepted request of this batch that names duplicates
-- reads: moved_frame
-- kind: temp table counted
select
    seq{% for child in children %},
    cast(sum(moved_{{ loop.index0 }}) as bigint) as {{ ("of " ~ child.name) | ident }}
    {%- endfor %}

from moved_frame
group by seq
