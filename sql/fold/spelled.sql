-- One row per member: its id as contacts spell it, or as they did when they lost it; null where it is no contact, neither live nor
-- deleted. Deleted is one that contacts lost and that a standing merge names, or an imported pointer did when they lost it: not what
-- only merges knew that were taken back.
create or replace temp table spelled as
with

missing as (

    select
        members.n,
        members.contact_key
    from members
    anti join member_rows as contacts on contacts._cm_key = members.contact_key

),

naming as (

    select imports.contact_key
    from ledger.imports as imports
    semi join missing on missing.contact_key = imports.contact_key

    union

    select imports.contact_key
    from ledger.imports as imports
    semi join missing on missing.contact_key = imports.target_key

),

pointers as (

    select
        imports.contact_key,
        imports.target_key,
        imports.batch_no as first_batch,
        lead(imports.batch_no) over (partition by imports.contact_key order by imports.batch_no) as last_batch
    from ledger.imports as imports
    semi join naming on naming.contact_key = imports.contact_key

),

{# While one of these stands the ledger keeps the last row of each contact that contacts lose. #}
kept as (

    select missing.contact_key
    from missing
    semi join (
        select p as n from member_merges
        union all
        select d from member_merges
    ) as merged on merged.n = missing.n

    union

    select missing.contact_key
    from missing
    semi join pointers
        on pointers.contact_key = missing.contact_key and pointers.last_batch is null and pointers.target_key <> pointers.contact_key

),

deletions as (

    select
        contact_key,
        max(batch_no) as batch_no,
        arg_max(contact_id, batch_no) as contact_id
    from ledger.deletions
    semi join missing using (contact_key)
    anti join kept using (contact_key)
    group by contact_key

),

lost as (

    select
        kept.contact_key,
        cast(arg_max(versions.id, versions._cm_batch) as varchar) as id
    from kept
    inner join ledger.contact_versions as versions on versions._cm_key = kept.contact_key
    group by kept.contact_key

    union all

    select
        deletions.contact_key,
        deletions.contact_id as id
    from deletions
    semi join pointers
        on pointers.target_key = deletions.contact_key
        and pointers.first_batch < deletions.batch_no
        and deletions.batch_no <= coalesce(pointers.last_batch, deletions.batch_no)

),

ids as (

    select
        _cm_key as contact_key,
        cast(id as varchar) as id
    from member_rows

    union all

    select * from lost

)

select
    members.n,
    members.contact_key,
    ids.id
from members
left join ids on ids.contact_key = members.contact_key
