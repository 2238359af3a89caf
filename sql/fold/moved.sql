-- One row per duplicate of an accepted request of this batch: the rows that moved to the primary, by kind.
-- grain: one row per duplicate of an accepted request of this batch
-- reads: moved_frame
-- kind: temp table moved
select
    seq,
    ord{% for child in children %},
    moved_{{ loop.index0 }} as {{ ("of " ~ child.name) | ident }}
    {%- endfor %}

from moved_frame
