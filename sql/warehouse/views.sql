-- One row per view of the database.
-- grain: one row per view
-- reads: none
-- kind: query
select
    schema_name,
    view_name
from duckdb_views()
where database_name = current_database()
order by all
