-- One row, for each lacking column one number: the values that rows had in it which rows of a file without this column replace.
-- grain: one row
-- reads: {new}, {old}
-- kind: query
with

earlier as (

    select
        {% for value in old_key %}
        {{ value }} as key_{{ loop.index }},
        {% endfor %}
        {% for name in lacking %}
        said({{ name | ident }}) as value_{{ loop.index }}{{ "," if not loop.last }}
        {% endfor %}
    from {{ old }}

),

loaded as (

    select
        {% for value in new_key %}
        {{ value }} as key_{{ loop.index }},
        {% endfor %}
        {% for is_lacking in lacking.values() %}
        {{ is_lacking }} as lacks_{{ loop.index }}{{ "," if not loop.last }}
        {% endfor %}
    from {{ new }}

)

select
    {% for _ in lacking %}
    count(earlier.value_{{ loop.index }}) filter (where loaded.lacks_{{ loop.index }}){{ "," if not loop.last }}
    {% endfor %}
from earlier
inner join loaded using ({% for _ in old_key %}key_{{ loop.index }}{{ ", " if not loop.last }}{% endfor %})
