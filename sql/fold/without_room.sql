-- One row where a contact takes the place of one that a column names, and the column cannot hold its id.
-- grain: one row
-- reads: fold.redirects, {rows}
-- kind: query
select 1 as found
from fold.redirects as redirects
where redirects.is_contact
    and {{ held }} is distinct from redirects.survivor_key
    and redirects.retired_key in (select {{ keys }} from {{ rows }})
limit 1
