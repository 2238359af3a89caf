-- One row per row of a snapshot. A join leaves rows in any order: where theirs counts they are sorted.
-- grain: one row per row of a snapshot
-- reads: {keys}, {replaced}, {rows}
-- kind: table {{ target }}
{% if in_order %}
select
    snapshot.* exclude (file_row_number),
    keys.* exclude (_cm_row)
from {{ rows }} as snapshot
inner join {{ keys }} as keys on keys._cm_row = snapshot.file_row_number
order by keys._cm_row  -- rule: packed-in-order
{% else %}
select *
from {{ replaced }}
{% endif %}
