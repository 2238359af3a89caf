-- Adds one row per contact of the temp table {{ rows }} that a merge names ({{ keys }}), where the ledger's newest row of it
-- differs. A column that is not there counts as null: a merge sees no value of it, whatever was there for an earlier one.
-- grain: one row per contact of {{ rows }} that a merge names
-- reads: ledger.contact_versions, {keys}, {rows}
-- kind: insert into ledger.contact_versions by name
with

newest as (

    select
        versions.*,
        row_number() over (partition by versions._cm_key order by versions._cm_batch desc) as _cm_newest
    from ledger.contact_versions as versions
    semi join {{ keys }} as to_keep on to_keep.contact_key = versions._cm_key

)

select
    contacts._cm_key,
    $batch_no as _cm_batch
    {%- for name in names %},
    contacts.{{ name | ident }}
    {%- endfor %}

from {{ rows }} as contacts
semi join {{ keys }} as to_keep on to_keep.contact_key = contacts._cm_key
left join newest on newest._cm_key = contacts._cm_key and newest._cm_newest = 1
where newest._cm_key is null
    {% for name in names %}
    or newest.{{ name | ident }} is distinct from contacts.{{ name | ident }}
    {% endfor %}
    {% for name in absent %}
    or newest.{{ name | ident }} is not null  -- rule: absent-column
    {% endfor %}
