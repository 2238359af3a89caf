-- One row per retired contact of the components that the named ends stand for: the contact that its pointer names.
-- grain: one row per retired contact of the components that the named ends stand for
-- reads: ends_frame, fold.redirects, named_contacts
-- kind: query
with

ends as (

    select named_contacts.contact_key as survivor_key
    from named_contacts
    semi join ends_frame on ends_frame.n = named_contacts.n

)

select
    cast(redirects.retired_key as varchar) as key,
    cast(redirects.target_key as varchar) as target
from fold.redirects as redirects
inner join ends on ends.survivor_key = redirects.survivor_key
