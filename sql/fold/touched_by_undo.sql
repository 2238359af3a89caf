-- One row per contact that an undo concerns: those of the merges taken back, and where an imported pointer that such a merge
-- had outranked leads again.
create or replace temp table touched as
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
