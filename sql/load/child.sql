-- One row per row of a child table that the input held; empty where no input had the table.
-- grain: one row per row of a child table that the input held
-- reads: none
-- kind: kept {{ loaded }}
create table if not exists {{ loaded }} (
    {% for name in columns %}
    {{ name | ident }} varchar,
    {% endfor %}
    {% for name, type in helpers.items() %}
    {{ name }} {{ type }}{{ "," if not loop.last }}
    {% endfor %}
)
