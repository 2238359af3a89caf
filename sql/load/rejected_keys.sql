-- One row per key that can be read of a row that is rejected, once the table is loaded; a list_id as text.
create or replace temp table rejected_keys (
    {% for value in unique %}
    key_{{ loop.index }} {{ "varchar" if value == "list_id" else "uuid" }}{{ "," if not loop.last }}
    {% endfor %}
);
