-- One row per retired contact.
-- grain: one row per retired contact
-- reads: fold.redirects
-- kind: query
select retired_key as contact_key
from fold.redirects
