-- One row per set of files that was committed: the token in its files' hidden names.
-- grain: one row per set of files
-- reads: ledger.publications
-- kind: query
select token
from ledger.publications
