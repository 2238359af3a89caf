-- One row about a table just loaded: the id of its first row, whether any row lacks a key
-- (or has one in a spelling that only Python reads), whether two have the same one.
select
    min(rowid) as first_row_id,
    coalesce(bool_or(
        {% for value in keys.ids.values() %}{{ value }} is null{{ " or " if not loop.last }}{% endfor %}

        {% for value in keys.helper_texts.values() %}or uuid_is_odd({{ value }}){% endfor %}

        {% if keys.missing_list %}or {{ keys.missing_list }}{% endif %}

    ), false) as lacks_keys,
    count(*) > (
        select count(*) from (select distinct {{ keys.unique | join(", ") }} from {{ target }})
    ) as repeats_keys
from {{ target }};
