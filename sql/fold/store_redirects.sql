-- One row per retired contact of the component: where it went.
-- grain: one row per retired contact of the component
-- reads: component, component_imports, component_line, component_merges, ledger.imports, spelled
-- kind: replace fold.redirects where retired_key in (select contact_key from component)
with

merges as (

    select
        d as n,
        retired_id,
        p as target,
        primary_id,
        seq,
        request_id,
        merged_at as retired_at
    from component_merges

),

imports as (

    select
        component_imports.d as n,
        imports.contact_id as retired_id,
        component_imports.t as target,
        imports.target_id as primary_id,
        cast(null as bigint) as seq,
        cast(null as varchar) as request_id,
        imports.imported_at as retired_at
    from component_imports
    inner join component on component.n = component_imports.d
    inner join ledger.imports as imports
        on imports.contact_key = component.contact_key and imports.batch_no = component_imports.batch_no

),

pointers as (

    select * from merges
    union all
    select * from imports

),

end_ids as (

    select
        target,
        min(primary_id) as primary_id
    from pointers
    group by target

)

select
    retired.contact_key as retired_key,
    coalesce(retired.id, pointers.retired_id) as retired_id,
    target.contact_key as target_key,
    {# an id that only lists and pointers name is spelled as the list which retires it has it, else as who points at it #}
    coalesce(target.id, listed.retired_id, pointers.primary_id) as primary_id,
    case when not component_line.circle then component_line.root_key end as survivor_key,
    case
        when component_line.circle then null
        when survivor.id is not null then survivor.id
        else coalesce(end_ids.primary_id, cast(component_line.root_key as varchar))
    end as survivor_id,
    not component_line.circle and survivor.id is not null as is_contact,  -- rule: deleted-survivor-stays
    pointers.seq,
    pointers.request_id,
    pointers.retired_at
from pointers
inner join component_line on component_line.n = pointers.n
inner join spelled as retired on retired.n = pointers.n
inner join spelled as target on target.n = pointers.target
inner join spelled as survivor on survivor.n = component_line.root
left join pointers as listed on listed.n = pointers.target
left join end_ids on end_ids.target = component_line.root
