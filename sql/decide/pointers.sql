-- One row per retired contact of the components that the named ends stand for: the contact that its pointer names.
with

ends as (

    select cast(key as uuid) as survivor_key from end_keys

)

select
    cast(redirects.retired_key as varchar) as key,
    cast(redirects.target_key as varchar) as target,
    redirects.seq
from fold.redirects as redirects
inner join ends on ends.survivor_key = redirects.survivor_key
