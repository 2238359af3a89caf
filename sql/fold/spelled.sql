-- One row per contact of the component: its id as contacts spell it, or as they did when they lost it; null where it is neither
-- live nor deleted. Deleted is one that contacts lost and that an active merge names, or that an imported pointer named when they
-- lost it. One that only undone merges named is no contact.
-- grain: one row per contact of the component
-- reads: component, component_merges, component_rows, ledger.contact_versions, ledger.deletions, ledger.imports
-- kind: temp table spelled
with

missing as (

    select
        component.n,
        component.contact_key
    from component
    anti join component_rows as contacts on contacts._cm_key = component.contact_key

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

{# One that an older ledger has of a contact to itself is none, but ends the one before it. #}
pointers as (

    select
        imports.contact_key,
        imports.target_key,
        imports.batch_no as first_batch,
        lead(imports.batch_no) over (partition by imports.contact_key order by imports.batch_no) as last_batch
    from ledger.imports as imports
    semi join naming on naming.contact_key = imports.contact_key
    qualify imports.target_key <> imports.contact_key

),

{# While one of these is active the ledger keeps the last row of each contact that contacts lose. #}
kept as (

    select missing.contact_key
    from missing
    semi join (  -- rule: undone-makes-none
        select p as n from component_merges
        union all
        select d from component_merges
    ) as merged on merged.n = missing.n

    union

    select missing.contact_key
    from missing
    semi join pointers
        on pointers.contact_key = missing.contact_key
        and pointers.last_batch is null

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
        arg_max({{ id_of("versions") }}, versions._cm_batch) as id
    from kept
    inner join ledger.contact_versions as versions on versions._cm_key = kept.contact_key
    group by kept.contact_key

    union all

    select
        deletions.contact_key,
        deletions.contact_id as id
    from deletions
    semi join pointers  -- rule: children-name-the-end
        on pointers.target_key = deletions.contact_key
        and pointers.first_batch < deletions.batch_no  -- rule: pointer-before-deletion
        and deletions.batch_no <= coalesce(pointers.last_batch, deletions.batch_no)

),

ids as (

    select
        _cm_key as contact_key,
        _cm_id as id
    from component_rows

    union all

    select * from lost

)

select
    component.n,
    component.contact_key,
    ids.id
from component
left join ids on ids.contact_key = component.contact_key
