-- One row per key that can be read of a row that is rejected, once the table is loaded; what is no id as text.
-- grain: one row per key that can be read of a row that is rejected
-- reads: none
-- kind: temp table rejected_keys
select
    {% for value in keys.unique %}
    cast(null as {{ keys.type_of(value) }}) as key_{{ loop.index }}{{ "," if not loop.last }}
    {% endfor %}
where false
