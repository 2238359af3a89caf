-- One row about a table just loaded: the id of its first row, whether any row lacks a key, and whether two may have the same
-- one. A key that only Python reads counts as one that is lacking. Reading an id from its text is what costs here: it is done
-- once a row, and hashes of the keys are counted, for they are smaller than the keys. Where two keys have one hash, the rows
-- are only checked one by one.
-- grain: one row
-- reads: {target}
-- kind: query
with

keyed as (

    select
        {{ row_id }} as row_id,
        {% for value in keys.ids.values() %}
        {{ value }} as id_{{ loop.index }},
        {% endfor %}
        {% for value in keys.said %}
        said({{ value }}) as said_{{ loop.index }},
        {% endfor %}
        {% for condition in keys.no_ids.values() %}
        {{ condition }} as no_id_{{ loop.index }},
        {% endfor %}
        {% if keys.unique %}
        hash({{ keys.unique | join(", ") }}) as key_hash
        {% else %}
        {{ row_id }} as key_hash
        {% endif %}
    from {{ target }}

)

select
    min(row_id) as first_row_id,
    coalesce(bool_or(
        false
        {% for _ in keys.ids %}
        or id_{{ loop.index }} is null
        {% endfor %}
        {% for _ in keys.said %}
        or said_{{ loop.index }} is null
        {% endfor %}
        {% for _ in keys.no_ids %}
        or no_id_{{ loop.index }}
        {% endfor %}
    ), false)
        {% for helper, text in keys.helper_texts.items() if helper not in keys.ids.values() %}
        or exists (select 1 from {{ target }} where {{ helper | ident }} is null and uuid_is_non_standard({{ text }}))
        {% endfor %}
        {% for helper, texts in keys.list_texts.items() %}
        or exists (
            select 1
            from (select unnest({{ texts }}) as _cm_part from {{ target }} where list_count({{ helper }}) < len({{ helper }}))
            where uuid_is_non_standard(_cm_part)
        )
        {% endfor %}
        as lacks_keys,
    {{ "count(*) > count(distinct key_hash)" if keys.unique else "false" }} as repeats_keys
from keyed
