-- Each file under merged/ holds what the merged view of its table says, row by row.
-- grain: one row per table and ids of a row that only one of them holds, or per file that cannot be compared
-- reads: file_{table.name}, merged.{table.name}, unreadable_files
-- kind: check
{# Equal rows of view and file are counted against each other: EXCEPT ALL both ways, in one pass. #}
with

{% for table in compared %}
{{ table.name }}_rows as (

    select {{ table.selected }}, 1 as _cm_here, 0 as _cm_there from merged.{{ table.name }}
    union all
    select {{ table.read }}, 0, 1 from file_{{ table.name }}

),

{{ table.name }}_faults as (

    select
        {{ table.ids }} as ids,
        greatest(sum(_cm_here) - sum(_cm_there), 0) as rows_here,
        greatest(sum(_cm_there) - sum(_cm_here), 0) as rows_in_file
    from {{ table.name }}_rows
    group by {{ table.columns }}
    having sum(_cm_here) <> sum(_cm_there)

),

{% endfor %}
faults as (

    {% for table in compared %}
    select '{{ table.name }}' as "table", * from {{ table.name }}_faults
    union all
    {% endfor %}
    select
        name as "table",
        fault as ids,
        cast(null as bigint) as rows_here,
        cast(null as bigint) as rows_in_file
    from unreadable_files

)

select
    "table",
    ids,
    sum(rows_here) as rows_here,
    sum(rows_in_file) as rows_in_file
from faults
group by "table", ids;

select
    {% for table in compared %}
    (select count(*) from file_{{ table.name }}) +
    {% endfor %}
    0 as rows_checked
