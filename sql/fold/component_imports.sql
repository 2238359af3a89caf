-- One row per active imported pointer of the component: the newest of its contact, where no active merge retired that one and
-- the pointer names another contact.
-- grain: one row per active imported pointer of the component
-- reads: component, component_merges, ledger.imports
-- kind: temp table component_imports
with

newest as (

    select
        imports.*,
        row_number() over (partition by imports.contact_key order by imports.batch_no desc) as newest  -- rule: emptied-pointer
    from ledger.imports as imports
    inner join component on component.contact_key = imports.contact_key

)

select
    newest.batch_no,
    contacts.n as d,
    targets.n as t
from newest
inner join component as contacts on contacts.contact_key = newest.contact_key
inner join component as targets on targets.contact_key = newest.target_key
anti join component_merges on component_merges.d = contacts.n  -- rule: ledger-before-imports
where newest.newest = 1 and newest.target_key <> newest.contact_key
order by newest.batch_no, contacts.n
