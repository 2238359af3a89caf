-- One row per row of what was loaded of a child, in its order, with what it names as settings read it now.
-- grain: one row per row of what was loaded of a child
-- reads: {target}
-- kind: table {{ target }}
select
    {{ items }}
    {%- for helper, value in helpers.items() %},
    {{ value }} as {{ helper }}
    {%- endfor %}

from {{ target }}
order by rowid
