-- One row per row of the entity: its view under a name that is the same in every warehouse.
-- grain: one row per row of the entity
-- reads: {view}
-- kind: view raw._cm_entity
select *
from {{ view }}
