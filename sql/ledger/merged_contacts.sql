-- grain: one row per contact that a merge of this batch names
-- reads: new_merges
-- kind: temp table merged_contacts
with

new_merges as (

    select * from new_merges

)

select primary_key as contact_key from new_merges
union
select retired_key from new_merges
