-- Every redirect names as survivor where its pointers end: a live contact or a deleted one (imported ends may be no contact).
-- grain: one row per redirect and fault
-- reads: fold.redirects, ledger.deletions, ledger.imports, ledger.merges, ledger.reversals, pointer_ends, raw._cm_entity
-- kind: check
with

active as (

    select
        merges.primary_key,
        merges.retired_key
    from ledger.merges as merges
    anti join ledger.reversals as reversals
        on reversals.seq = merges.seq and reversals.retired_key = merges.retired_key

),

pointers as (

    select
        contact_key,
        target_key,
        batch_no as first_batch,
        lead(batch_no) over (partition by contact_key order by batch_no) as last_batch
    from ledger.imports

),

deletions as (

    select
        contact_key,
        max(batch_no) as batch_no
    from ledger.deletions
    group by contact_key

),

{# Where contacts no longer hold one, an active merge names it, or a pointer did when they lost it. #}
deleted as (

    select primary_key as contact_key from active
    union
    select retired_key from active
    union
    select contact_key from pointers where last_batch is null and target_key <> contact_key
    union
    select deletions.contact_key
    from deletions
    inner join pointers
        on pointers.target_key = deletions.contact_key
        and deletions.batch_no > pointers.first_batch
        and deletions.batch_no <= coalesce(pointers.last_batch, deletions.batch_no)

),

known as (

    select
        _cm_key as contact_key,
        _cm_id as contact_id
    from raw._cm_entity

    union all

    select
        deleted.contact_key,
        cast(null as varchar)
    from deleted
    anti join raw._cm_entity as contacts on contacts._cm_key = deleted.contact_key

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
    count(*) as rows_checked,
    count(*) filter (where survivor_key is not null and not is_contact) as exempt
from fold.redirects
