-- Retirement pointers run in no circle but of imported ones alone. Those that would close one with a merge have no effect.
-- grain: one row per contact in a circle with a merge, and per pointer without effect that closes none
-- reads: fold.idle_pointers, fold.redirects, merged.idle_pointers, pointer_ends
-- kind: check
with

ends as (

    select
        idle.contact_key,
        idle.circle_key,
        idle.seq,
        coalesce(pointer_ends.end_key, idle.target_key) as end_key
    from fold.idle_pointers as idle
    left join pointer_ends on pointer_ends.retired_key = idle.target_key

),

{# Without these pointers each line of a circle ends in the contact of the next one. #}
closing as (

    select
        ends.contact_key,
        ends.seq
    from ends
    semi join ends as next_ends
        on next_ends.contact_key = ends.end_key and next_ends.circle_key = ends.circle_key
    anti join fold.redirects as redirects on redirects.retired_key = ends.contact_key

)

select
    redirects.retired_id as contact_id,
    redirects.request_id,
    'is in a circle' as fault
from fold.redirects as redirects
inner join pointer_ends on pointer_ends.retired_key = redirects.retired_key
where pointer_ends.in_circle and pointer_ends.passes_merge

union all

select
    cast(ends.contact_key as varchar),
    cast(null as varchar),
    'has a pointer without effect that closes no circle'
from ends
anti join closing on closing.contact_key = ends.contact_key;

select
    (select count(*) from pointer_ends) + (select count(*) from fold.idle_pointers) as rows_checked,
    (select count(*) from pointer_ends where in_circle and not passes_merge)
    + (select count(*) from fold.idle_pointers) as exempt;

select
    idle.contact_id,
    idle.target_id,
    idle.request_id,
    'none while this merge is active' as effect
from merged.idle_pointers as idle
