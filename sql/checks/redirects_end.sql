-- Every redirect names as survivor where its pointers end: a live contact or a deleted one (imported ends may be no contact).
-- One row per redirect and fault.
with

known as (

    select
        _cm_key as contact_key,
        cast(id as varchar) as contact_id
    from raw.contacts

    union all

    select distinct
        seen._cm_key,
        cast(null as varchar)
    from ledger.seen as seen
    anti join raw.contacts as contacts on contacts._cm_key = seen._cm_key

),

imported_ends as (

    select distinct target_key as contact_key
    from fold.redirects
    where seq is null

),

followed as (

    select
        redirects.*,
        pointer_ends.ends_in_circle,
        case when not pointer_ends.ends_in_circle then pointer_ends.end_key end as end_key,
        known.contact_key is not null as end_is_contact,
        known.contact_id as end_id,
        imported_ends.contact_key is not null as end_is_imported
    from fold.redirects as redirects
    inner join pointer_ends on pointer_ends.retired_key = redirects.retired_key
    left join known on known.contact_key = pointer_ends.end_key and not pointer_ends.ends_in_circle
    left join imported_ends on imported_ends.contact_key = pointer_ends.end_key

),

faults as (

    select *, 'names another survivor than its pointers end in' as fault from followed
    where survivor_key is distinct from end_key

    union all

    select *, 'ends in no contact' from followed
    where not ends_in_circle and not end_is_contact and not end_is_imported

    union all

    select *, 'is wrong about whether it ends in a contact' from followed
    where is_contact <> end_is_contact

    union all

    select *, 'spells its survivor otherwise than contacts do' from followed
    where survivor_key = end_key and end_id <> survivor_id

)

select
    retired_id,
    survivor_id,
    request_id,
    fault
from faults;

select
    count(*) as looked_at,
    count(*) filter (where not ends_in_circle and not end_is_contact) as excepted
from (
    select
        pointer_ends.ends_in_circle,
        contacts._cm_key is not null or seen._cm_key is not null as end_is_contact
    from pointer_ends
    left join raw.contacts as contacts on contacts._cm_key = pointer_ends.end_key
    left join (select distinct _cm_key from ledger.seen) as seen on seen._cm_key = pointer_ends.end_key
)
