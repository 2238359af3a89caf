-- One row: how many contacts are live.
-- grain: one row
-- reads: fold.redirects, {keys}
-- kind: query
select count(*) as contacts
from {{ keys }} as contacts
anti join fold.redirects as redirects on redirects.retired_key = contacts._cm_key
