-- Replaces what fold.line and fold.redirects say of the members.
delete from fold.line where contact_key in (select contact_key from members);

insert into fold.line
select
    member_line.contact_key,
    member_line.owner_key,
    member_line.position,
    member_line.joined_seq,
    member_line.brought_seq,
    member_line.base_batch,
    member_line.root_key,
    member_line.member_position
from member_line
semi join (
    select p as n from member_merges
    union all
    select d from member_merges
    union all
    select d from member_imports
    union all
    select t from member_imports
) as linked on linked.n = member_line.n;

delete from fold.redirects where retired_key in (select contact_key from members);

insert into fold.redirects
with

merges as (

    select
        member_line.contact_key as retired_key,
        merges.retired_id,
        merges.primary_key as target_key,
        merges.primary_id,
        merges.seq,
        merges.request_id,
        merges.merged_at as retired_at
    from member_merges
    inner join member_line on member_line.n = member_merges.d
    inner join all_merges as merges
        on merges.seq = member_merges.seq and merges.retired_key = member_line.contact_key

),

imports as (

    select
        imports.contact_key as retired_key,
        imports.contact_id as retired_id,
        imports.target_key,
        imports.target_id as primary_id,
        cast(null as bigint) as seq,
        cast(null as varchar) as request_id,
        imports.imported_at as retired_at
    from member_imports
    inner join members on members.n = member_imports.d
    inner join ledger.imports as imports
        on imports.contact_key = members.contact_key and imports.batch_no = member_imports.batch_no

),

pointers as (

    select * from merges
    union all
    select * from imports

),

lost as (

    select
        seen._cm_key as contact_key,
        cast(arg_max(seen.id, seen._cm_batch) as varchar) as id
    from ledger.seen as seen
    semi join members on members.contact_key = seen._cm_key
    anti join member_rows as contacts on contacts._cm_key = seen._cm_key
    group by seen._cm_key

),

spelled as (

    select
        _cm_key as contact_key,
        cast(id as varchar) as id
    from member_rows

    union all

    select * from lost

)

select
    pointers.retired_key,
    coalesce(retired.id, pointers.retired_id) as retired_id,
    pointers.target_key,
    coalesce(target.id, pointers.primary_id) as primary_id,
    case when not member_line.circle then member_line.root_key end as survivor_key,
    case
        when member_line.circle then null
        when survivor.id is not null then survivor.id
        else coalesce(last_pointer.primary_id, cast(member_line.root_key as varchar))
    end as survivor_id,
    not member_line.circle and survivor.id is not null as is_contact,
    pointers.seq,
    pointers.request_id,
    pointers.retired_at
from pointers
inner join member_line on member_line.contact_key = pointers.retired_key
left join spelled as retired on retired.contact_key = pointers.retired_key
left join spelled as target on target.contact_key = pointers.target_key
left join spelled as survivor on survivor.contact_key = member_line.root_key
left join (
    select
        target_key,
        min(primary_id) as primary_id
    from pointers
    group by target_key
) as last_pointer on last_pointer.target_key = member_line.root_key
