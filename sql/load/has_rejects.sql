-- One row about a table just loaded: the id of its first row, whether any row lacks a key
-- (or has one in a spelling that only Python reads), whether two have the same one. Reading an id from its text is what
-- costs here: it is done once a row, and a row whose helper column has the value is not looked at again.
with grouped as (
    select
        {% for value in keys.unique %}
        {{ value }} as key_{{ loop.index }},
        {% endfor %}
        count(*) as rows_alike
    from {{ target }}
    group by {% for _ in keys.unique %}{{ loop.index }}{{ ", " if not loop.last }}{% endfor %}

),

beside as (
    select
        min({{ row_id }}) as first_row_id,
        bool_or(
            false
            {% for value in keys.ids.values() if value not in keys.unique %}
            or {{ value }} is null
            {% endfor %}
            {% if keys.missing_list %}
            or {{ keys.missing_list }}
            {% endif %}
        ) as lacks_keys
    from {{ target }}
),

alike as (
    select
        bool_or(
            false
            {% for value in keys.unique %}
            {% if value in keys.ids.values() %}
            or key_{{ loop.index }} is null
            {% endif %}
            {% endfor %}
        ) as lacks_keys,
        max(rows_alike) > 1 as repeats_keys
    from grouped
)

select
    beside.first_row_id,
    coalesce(beside.lacks_keys or alike.lacks_keys, false)
        {% for helper, text in keys.helper_texts.items() if helper not in keys.ids.values() %}
        or exists (select 1 from {{ target }} where {{ helper }} is null and uuid_is_odd({{ text }}))
        {% endfor %}
        as lacks_keys,
    coalesce(alike.repeats_keys, false) as repeats_keys
from beside
cross join alike;
