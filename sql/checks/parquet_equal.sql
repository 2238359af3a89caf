-- Each file under merged/ holds what the merged view of its table says, row by row.
-- grain: one row per table and ids of a row that only one of them holds, or per file that cannot be compared
-- reads: merged.{table.name}, unreadable_files, {table.file}
-- kind: check
{# Equal rows of view and file are counted against each other: EXCEPT ALL both ways, in one pass. #}
with

{% for table in compared %}
rows_{{ loop.index }} as (

    select {{ table.selected }}, 1 as _cm_here, 0 as _cm_there from merged.{{ table.name | ident }}
    union all
    select {{ table.read }}, 0, 1 from {{ table.file }}

),

faults_{{ loop.index }} as (

    select
        {{ table.ids }} as ids,
        greatest(sum(_cm_here) - sum(_cm_there), 0) as rows_here,
        greatest(sum(_cm_there) - sum(_cm_here), 0) as rows_in_file
    from rows_{{ loop.index }}
    group by {{ table.columns }}
    having sum(_cm_here) <> sum(_cm_there)

),

{% endfor %}
faults as (

    {% for table in compared %}
    select {{ table.name | literal }} as "table", * from faults_{{ loop.index }}
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
    (select count(*) from {{ table.file }}) +
    {% endfor %}
    0 as rows_checked
