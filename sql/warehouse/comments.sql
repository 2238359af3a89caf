-- One row per column of the database that has a comment.
-- grain: one row per column
-- reads: none
-- kind: query
select
    schema_name,
    table_name,
    column_name,
    comment
from duckdb_columns()
where database_name = current_database() and comment is not null
