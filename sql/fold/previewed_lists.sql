-- One row per duplicate of a dry run: the list memberships that would move.
with

here as (

    select
        stretches.seq,
        stretches.ord,
        member_lists.list_id
    from stretches
    inner join member_lists
        on member_lists.root = stretches.root
        and member_lists.membership_position between stretches.first_member and stretches.last_member
    where stretches.dry_run
        and (member_lists.previous_position is null or member_lists.previous_position < stretches.first_member)

),

first_holders as (

    select
        seq,
        list_id,
        min(ord) as ord
    from here
    group by seq, list_id

)

select
    seq,
    ord,
    count(*) as list_memberships
from first_holders
where ord > 0
group by seq, ord
