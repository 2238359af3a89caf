-- grain: one row per API key
-- reads: raw.api_keys
-- kind: query
select *
from raw.api_keys
