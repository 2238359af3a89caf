-- One row per row of a table's files, in input order, with the values of its keys.
-- grain: one row per row of a table's files
-- reads: none
-- kind: {{ "temp " if temp }}table {{ target }}
select
    *
    {%- for name, value in more.items() %},
    {{ value }} as {{ name | ident }}
    {%- endfor %}

from (
{{ query }}
)
