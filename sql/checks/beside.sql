-- For projection_rebuilt: a table of the warehouse, under its own name in the database in memory.
-- grain: one row per row of the table
-- reads: warehouse.{table}
-- kind: view {{ table }}
select *
from warehouse.{{ table }}
