-- One row about a table just loaded: the id of its first row, whether any row lacks a key
-- (or has one in a spelling that only Python reads), whether two may have the same one. Reading an id from its text is what
-- costs here: it is done once a row, and hashes of the keys are counted, for they are smaller than the keys. Two keys of one
-- hash would only have the rows looked at closely.
with

keyed as (

    select
        {{ row_id }} as row_id,
        {% for value in keys.ids.values() %}
        {{ value }} as id_{{ loop.index }},
        {% endfor %}
        {% if keys.missing_list %}
        {{ keys.missing_list }} as is_missing,
        {% endif %}
        hash({{ keys.unique | join(", ") }}) as key_hash
    from {{ target }}

)

select
    min(row_id) as first_row_id,
    coalesce(bool_or(
        false
        {% for _ in keys.ids %}
        or id_{{ loop.index }} is null
        {% endfor %}
        {% if keys.missing_list %}
        or is_missing
        {% endif %}
    ), false)
        {% for helper, text in keys.helper_texts.items() if helper not in keys.ids.values() %}
        or exists (select 1 from {{ target }} where {{ helper }} is null and uuid_is_odd({{ text }}))
        {% endfor %}
        as lacks_keys,
    count(*) > count(distinct key_hash) as repeats_keys
from keyed;
