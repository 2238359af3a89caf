-- Each row of raw.contacts is in merged.contacts once, or is retired once; and no other is there.
-- grain: one row per contact of which that is not so
-- reads: fold.redirects, merged.contacts, raw.contacts
-- kind: check
with

raw_contacts as (

    select
        _cm_key,
        cast(id as varchar) as contact_id
    from raw.contacts

),

mentions as (

    select contact_id, 1 as raw_rows, 0 as merged_rows, 0 as retirements from raw_contacts
    union all
    select cast(id as varchar), 0, 1, 0 from merged.contacts
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
from raw.contacts as contacts
left join fold.redirects as redirects on redirects.retired_key = contacts._cm_key
