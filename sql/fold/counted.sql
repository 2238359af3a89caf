-- One row per accepted request of this batch that names duplicates: the rows that moved to the primary, by kind. A row that two
-- duplicates bring counts once.
-- grain: one row per accepted request of this batch that names duplicates
-- reads: moved_frame
-- kind: temp table counted
select
    seq{% for child in children %},
    cast(sum(moved_{{ loop.index0 }}{{ " - repeated_" ~ loop.index0 if child.name in several }}) as bigint)
        as {{ ("of " ~ child.name) | ident }}
    {%- endfor %}

from moved_frame
group by seq
