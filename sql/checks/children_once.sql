-- Each row of a raw table of children is in the merged table once, the same but for its contact_id.
-- grain: one row per child and content of which the raw and the merged table hold different numbers
-- reads: merged.{child.name}, raw.{child.name}
-- kind: check
{% if whole %}
with
{% endif %}

{% for child, columns in whole.items() %}
{% set id %}
{% for name in ids[child.name] %}
cast({{ name | ident }} as varchar){{ " || ', ' || " if not loop.last }}
{%- else %}
cast(null as varchar)
{%- endfor %}
{% endset %}
mentions_{{ loop.index }} as (

    select
        {{ id }} as id,
        hash({% for value in columns %}{{ value }}{{ ", " if not loop.last }}{% else %}0{% endfor %}) as content,
        1 as raw_rows,
        0 as merged_rows
    from raw.{{ child.name | ident }}

    union all

    select
        {{ id }},
        hash({% for value in columns %}{{ value }}{{ ", " if not loop.last }}{% else %}0{% endfor %}),
        0,
        1
    from merged.{{ child.name | ident }}

),

{% endfor %}
{% if whole %}
mentions as (

    {% for child in whole %}
    select {{ child.name | literal }} as "table", * from mentions_{{ loop.index }}
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
having sum(raw_rows) <> sum(merged_rows)
{% else %}
select 0 as raw_rows where false
{% endif %};

select
    {% for child in whole %}
    (select count(*) from raw.{{ child.name | ident }}){{ " +" if not loop.last }}
    {% else %}
    0
    {% endfor %}
    as rows_checked
