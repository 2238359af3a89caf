-- One row per table of the database.
-- grain: one row per table
-- reads: none
-- kind: query
select
    schema_name,
    table_name
from duckdb_tables()
where database_name = current_database()
order by all
