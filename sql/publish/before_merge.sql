-- One row per contact that a merge of this batch goes into: its merged row before this batch.
create or replace temp table before_merge as
select
    contacts._cm_key,
    merged_contacts.*
from raw.contacts as contacts
inner join merged.contacts as merged_contacts on merged_contacts.id = contacts.id
where contacts._cm_key in (select primary_key from new_merges)
