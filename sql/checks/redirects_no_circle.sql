-- Retirement pointers run in no circle, but for those that imported pointers close (these are counted).
-- One row per contact in a circle of merges alone.
select
    redirects.retired_id,
    redirects.request_id
from fold.redirects as redirects
inner join pointer_ends on pointer_ends.retired_key = redirects.retired_key
where pointer_ends.in_circle and not pointer_ends.passes_import;

select
    count(*) as looked_at,
    count(*) filter (where in_circle and passes_import) as excepted
from pointer_ends
