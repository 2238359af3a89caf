-- One row per contact that an undo affects: those of the merges undone, and the targets of imported pointers that such a merge
-- had outranked.
-- grain: one row per contact that an undo affects
-- reads: chosen_reversals, ledger.imports
-- kind: temp table affected
with

chosen as (

    select * from chosen_reversals

),

pointers as (

    select imports.target_key as contact_key
    from ledger.imports as imports
    semi join chosen on chosen.retired_key = imports.contact_key
    where imports.target_key is not null

)

select primary_key as contact_key from chosen
union
select retired_key from chosen
union
select contact_key from pointers
