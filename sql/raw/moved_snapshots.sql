-- One row per snapshot of which the view does not name the folder $folder, a text as SQL quotes it: its table and its file.
-- grain: one row per snapshot of which the view does not name the folder
-- reads: raw._cm_snapshots
-- kind: query
select
    snapshots.table_name,
    snapshots.file
from raw._cm_snapshots as snapshots
inner join duckdb_views() as views on views.view_name = '_cm_loaded_' || snapshots.table_name
where views.database_name = current_database() and views.schema_name = 'raw' and not contains(views.sql, $folder)
order by all
