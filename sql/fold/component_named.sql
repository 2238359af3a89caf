-- One row per contact of the component that a row names, of rows of a child that may name several: its index `g` in the lines.
-- With it that of the contact before it in the same line which that row names.
-- grain: one row per row of a child, of those that may name several contacts, and contact of the component that it names
-- reads: membership_line, {keys}
-- kind: temp table component_named
select
    named._cm_row,
    line.g,
    lag(line.g) over (partition by named._cm_row, line.root order by line.g) as previous_g
from {{ keys }} as named
inner join membership_line as line on line.contact_key = named._cm_contact_key
