-- Each row of raw._cm_entity is in {merged_entity} once, or is retired once; and no other is there.
-- grain: one row per contact of which that is not so
-- reads: fold.redirects, raw._cm_entity, {merged_entity}
-- kind: check
with

raw_contacts as (

    select
        _cm_key,
        _cm_id as contact_id
    from raw._cm_entity

),

mentions as (

    select contact_id, 1 as raw_rows, 0 as merged_rows, 0 as retirements from raw_contacts
    union all
    select {{ id_of("merged_contacts") }}, 0, 1, 0 from {{ merged_entity }} as merged_contacts
    union all
    select raw_contacts.contact_id, 0, 0, 1
    from fold.redirects as redirects
    inner join raw_contacts on raw_contacts._cm_key = redirects.retired_key

)

select
    contact_id,
    sum(raw_rows) as raw_rows,
    sum(merged_rows) as merged_rows,
    sum(retirements) as retirements
from mentions
group by contact_id
having sum(raw_rows) <> 1 or sum(merged_rows) + sum(retirements) <> 1;

select
    count(*) as rows_checked,
    count(redirects.retired_key) as exempt
from raw._cm_entity as contacts
left join fold.redirects as redirects on redirects.retired_key = contacts._cm_key
