-- One row per live contact that one of these merges goes into, or went into: its merged row before this batch.
-- grain: one row per live contact that one of these merges goes into
-- reads: fold.redirects, raw._cm_entity, {merged_entity}, {merges}
-- kind: temp table before_merge
select
    contacts._cm_key,
    merged_contacts.*
from raw._cm_entity as contacts
inner join {{ merged_entity }} as merged_contacts on merged_contacts.{{ entity.id | ident }} = contacts.{{ entity.id | ident }}
where
    contacts._cm_key in (
        select primary_key from {{ merges }}
        union all
        select redirects.survivor_key
        from fold.redirects as redirects
        semi join {{ merges }} as merges on merges.primary_key = redirects.retired_key
    )
