-- Each row of a raw table of children is in the merged table once, the same but for its contact_id.
-- grain: one row per child and content of which the raw and the merged table hold different numbers
-- reads: merged.{kind}, raw.{kind}
-- kind: check
with

{% for kind, columns in children.items() %}
{{ kind }}_mentions as (

    select
        cast(id as varchar) as id,
        hash({% for name in columns %}{{ name | ident }}{{ ", " if not loop.last }}{% endfor %}) as content,
        1 as raw_rows,
        0 as merged_rows
    from raw.{{ kind }}

    union all

    select
        cast(id as varchar),
        hash({% for name in columns %}{{ name | ident }}{{ ", " if not loop.last }}{% endfor %}),
        0,
        1
    from merged.{{ kind }}

),

{% endfor %}
mentions as (

    {% for kind in children %}
    select '{{ kind }}' as "table", * from {{ kind }}_mentions
    {{ "union all" if not loop.last }}
    {% endfor %}

)

select
    "table",
    id,
    sum(raw_rows) as raw_rows,
    sum(merged_rows) as merged_rows
from mentions
group by "table", id, content
having sum(raw_rows) <> sum(merged_rows);

select
    {% for kind in children %}
    (select count(*) from raw.{{ kind }}){{ " +" if not loop.last }}
    {% endfor %}
    as rows_checked
