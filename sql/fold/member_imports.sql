-- One row per imported pointer that stands among the members: the newest of its contact, where the ledger has none and it names
-- another contact.
create or replace temp table member_imports as
with

newest as (

    select
        imports.*,
        row_number() over (partition by imports.contact_key order by imports.batch_no desc) as newest
    from ledger.imports as imports
    inner join members on members.contact_key = imports.contact_key

)

select
    newest.batch_no,
    contacts.n as d,
    targets.n as t
from newest
inner join members as contacts on contacts.contact_key = newest.contact_key
inner join members as targets on targets.contact_key = newest.target_key
anti join member_merges on member_merges.d = contacts.n
where newest.newest = 1 and newest.target_key <> newest.contact_key
order by newest.batch_no, contacts.n
