-- grain: one row per contact that a merge or an imported pointer in the ledger names, active or not
-- reads: ledger.imports, ledger.merges
-- kind: temp table affected
with

merges as (

    select * from ledger.merges

),

imports as (

    select * from ledger.imports

)

select primary_key as contact_key from merges
union
select retired_key from merges
union
select contact_key from imports
union
select target_key from imports where target_key is not null
