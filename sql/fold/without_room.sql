-- One row where rows of a child go to a contact whose id a column of theirs cannot hold.
-- grain: one row
-- reads: fold.redirects, {rows}
-- kind: query
select 1 as found
from fold.redirects as redirects
where redirects.is_contact
    and {{ held }} is distinct from redirects.survivor_key
    and redirects.retired_key in (select {{ key_column }} from {{ rows }})
limit 1
