-- For provenance_agrees. checked_survivors: one row per live contact that merges went into, as merged.
create or replace temp table checked_survivors as
with

owners as (

    select distinct owner_key
    from fold.line
    where owner_key <> contact_key

)

select
    contacts._cm_key,
    merged_contacts.*
from merged.contacts as merged_contacts
inner join raw.contacts as contacts on contacts.id = merged_contacts.id
semi join owners on owners.owner_key = contacts._cm_key;

-- checked_versions: one row per contact of their lines and row that the ledger saw of it up to its retirement, or that
-- raw.contacts holds of a survivor now.
create or replace temp table checked_versions as
with

line as (

    select line.contact_key
    from fold.line as line
    semi join checked_survivors as survivors on survivors._cm_key = line.owner_key

),

retirements as (

    select
        redirects.retired_key,
        min(merges.batch_no) as batch_no
    from fold.redirects as redirects
    inner join ledger.merges as merges
        on merges.seq = redirects.seq and merges.retired_key = redirects.retired_key
    group by redirects.retired_key

)

select
    seen._cm_key
    {%- for column in columns %},
    seen.{{ column.name | ident }}
    {%- endfor %}

from ledger.seen as seen
semi join line on line.contact_key = seen._cm_key
left join retirements on retirements.retired_key = seen._cm_key
where retirements.retired_key is null or seen._cm_batch <= retirements.batch_no

union all

select
    contacts._cm_key
    {%- for column in columns %},
    contacts.{{ column.name | ident }}
    {%- endfor %}

from raw.contacts as contacts
semi join checked_survivors as survivors on survivors._cm_key = contacts._cm_key
