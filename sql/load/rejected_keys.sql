-- One row per key that can be read of a row that is rejected, once the table is loaded; a list_id as text.
-- grain: one row per key that can be read of a row that is rejected
-- reads: none
-- kind: temp table rejected_keys
select
    {% for value in unique %}
    cast(null as {{ "varchar" if value == "list_id" else "uuid" }}) as key_{{ loop.index }}{{ "," if not loop.last }}
    {% endfor %}
where false
