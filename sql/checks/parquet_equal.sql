-- Each file under merged/ holds what the merged view of its table says, row by row.
-- One row per table and ids of a row that only one of them holds, or per file that cannot be compared.
with

{% for table in compared %}
{{ table.name }}_here as (

    select {{ table.selected }} from merged.{{ table.name }}

),

{{ table.name }}_file as (

    select {{ table.read }} from file_{{ table.name }}

),

{{ table.name }}_faults as (

    select {{ table.ids }} as ids, 1 as rows_here, 0 as rows_in_file
    from (select * from {{ table.name }}_here except all select * from {{ table.name }}_file)

    union all

    select {{ table.ids }}, 0, 1
    from (select * from {{ table.name }}_file except all select * from {{ table.name }}_here)

),

{% endfor %}
faults as (

    {% for table in compared %}
    select '{{ table.name }}' as "table", * from {{ table.name }}_faults
    union all
    {% endfor %}
    select name, fault, null, null from unreadable_files

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
    (select count(*) from merged.{{ table.name }}) +
    {% endfor %}
    0 as looked_at
