-- One row for each of the first ten retired contacts whose redirects end in no contact, with the number of all of them.
-- grain: one row for each of the first ten retired contacts whose redirects end in no contact
-- reads: fold.redirects, {keys}
-- kind: query
select
    redirects.retired_id,
    count(*) over () as contacts
from fold.redirects as redirects
anti join {{ keys }} as contacts on contacts._cm_key = redirects.survivor_key
order by redirects.retired_id
limit 10
