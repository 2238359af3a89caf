-- One row per retired contact: where it went.
-- grain: one row per retired contact
-- reads: fold.redirects
-- kind: view merged.contact_redirects
select
    retired_id,
    primary_id,
    survivor_id,
    request_id,
    retired_at
from fold.redirects;

comment on view merged.contact_redirects is 'One row per retired contact: where it went.';
comment on column merged.contact_redirects.retired_id is 'The contact that was retired.';
comment on column merged.contact_redirects.primary_id is 'The contact that it was merged into.';
comment on column merged.contact_redirects.survivor_id is
    'The contact where all pointers end now; null for a circle of imported pointers.';
comment on column merged.contact_redirects.request_id is
    'The request that retired it; null where it was already retired when imported.';
comment on column merged.contact_redirects.retired_at is 'The time of the run that retired it.'
