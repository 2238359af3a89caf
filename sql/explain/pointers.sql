-- grain: one row per retired contact whose pointers end where those of the contact asked for end
-- reads: fold.line, fold.redirects
-- kind: query
with

line as (

    select
        contact_key,
        membership_position
    from fold.line
    where root_key = $root

)

select
    redirects.retired_key,
    redirects.retired_id,
    redirects.target_key,
    redirects.primary_id,
    redirects.survivor_key,
    redirects.survivor_id,
    redirects.seq,
    redirects.request_id,
    redirects.retired_at
from fold.redirects as redirects
inner join line on line.contact_key = redirects.retired_key
order by line.membership_position, redirects.retired_key
