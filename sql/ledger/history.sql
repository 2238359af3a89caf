-- One row per batch, oldest first: what it did, and how many of its merges were undone since.
-- grain: one row per batch
-- reads: ledger.batches, ledger.deletions, ledger.imports, ledger.merges, ledger.reversals
-- kind: query
with

merges as (

    select
        merges.batch_no,
        count(*) as merges,
        count(reversals.seq) as undone
    from ledger.merges as merges
    left join ledger.reversals as reversals
        on reversals.seq = merges.seq and reversals.retired_key = merges.retired_key
    group by merges.batch_no

),

undos as (

    select batch_no, count(*) as merges
    from ledger.reversals
    group by batch_no

),

pointers as (

    select batch_no, count(*) as pointers
    from ledger.imports
    group by batch_no

),

deletions as (

    select batch_no, count(*) as contacts
    from ledger.deletions
    group by batch_no

)

select
    batches.batch_no,
    batches.batch_id,
    batches.kind,
    batches.as_of,
    coalesce(merges.merges, 0) as merges,
    coalesce(merges.undone, 0) as undone_since,
    coalesce(undos.merges, 0) as merges_undone,
    coalesce(deletions.contacts, 0) as contacts_deleted,
    coalesce(pointers.pointers, 0) as pointers_changed,
    coalesce(batches.allowed, []) as guards_passed
from ledger.batches as batches
left join merges on merges.batch_no = batches.batch_no
left join undos on undos.batch_no = batches.batch_no
left join pointers on pointers.batch_no = batches.batch_no
left join deletions on deletions.batch_no = batches.batch_no
order by batches.batch_no
