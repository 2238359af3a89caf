-- For provenance_agrees: one row per contact in the lines of checked_survivors and version that the ledger has of it up to its
-- retirement, or that raw._cm_entity holds of a survivor now.
-- grain: one row per contact in the lines of checked_survivors and version
-- reads: checked_survivors, fold.line, fold.redirects, ledger.contact_versions, ledger.merges, raw._cm_entity
-- kind: temp table checked_versions
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
    versions._cm_key
    {%- for column in columns %},
    versions.{{ column.name | ident }}
    {%- endfor %}

from ledger.contact_versions as versions
semi join line on line.contact_key = versions._cm_key
left join retirements on retirements.retired_key = versions._cm_key
where retirements.retired_key is null or versions._cm_batch <= retirements.batch_no

union all

select
    contacts._cm_key
    {%- for column in columns %},
    contacts.{{ column.name | ident }}
    {%- endfor %}

from raw._cm_entity as contacts
semi join checked_survivors as survivors on survivors._cm_key = contacts._cm_key
