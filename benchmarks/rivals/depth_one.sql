-- One row per contact that is left, and per child row, in views to copy out: the merge as one would write it by hand in
-- DuckDB. It knows one level: a duplicate goes to the primary that its request names. Where that primary is a duplicate
-- of another request (a chain), its values and children stop half way: run.py counts these contacts.
-- It checks nothing, answers nothing, remembers nothing, and JSON's numbers come out as DuckDB spells them (1.10 as 1.1).

create table members as
with asked as (
    select *, row_number() over (order by requested_at, request_id) * 1000 as turn
    from merge_requests
),

duplicates as (
    select
        request_id,
        primary_id,
        overwrite,
        turn,
        unnest(duplicate_ids) as id,
        generate_subscripts(duplicate_ids, 1) as place
    from asked
)

-- A fill's duplicates stand behind the primary, an overwrite's in front of it, the newest first.
select
    primary_id,
    id,
    case when overwrite then place - turn else turn + place end as place,
    turn + place as arrival
from duplicates
union all
select distinct
    primary_id,
    primary_id,
    0,
    0
from asked;

create table json_folded as
with keys as (
    select
        members.primary_id,
        members.place,
        members.id = members.primary_id as is_own,
        entry.key,
        entry.value::varchar as value,
        entry.value::varchar in ('null', '""', '[]', '{}') as is_empty
    from members
    inner join contacts on contacts.id = members.id
    cross join lateral json_each(contacts.custom_fields) as entry
),

values_of_keys as (
    select
        primary_id,
        key,
        coalesce(
            arg_min(value, place) filter (not is_empty),
            any_value(value) filter (is_own)
        ) as value
    from keys
    group by primary_id, key
)

select
    primary_id,
    '{' || string_agg('"' || key || '": ' || value, ', ' order by key) || '}' as custom_fields
from values_of_keys
where value is not null
group by primary_id;

create table survivors as
with folded as (
    select
        members.primary_id as survivor_id,
        -- arg_min passes over nulls
        arg_min(columns(contacts.* exclude (custom_fields)), members.place)
    from members
    inner join contacts on contacts.id = members.id
    group by members.primary_id
),

own as (
    select
        id,
        workspace_id,
        created_at,
        custom_fields
    from contacts
)

select
    folded.* exclude (survivor_id) replace (
        own.id as id,
        own.workspace_id as workspace_id,
        own.created_at as created_at,
        getvariable('as_of') as updated_at
    ),
    coalesce(json_folded.custom_fields, own.custom_fields) as custom_fields
from folded
inner join own on own.id = folded.survivor_id
left join json_folded on json_folded.primary_id = folded.survivor_id;

create table retired as
select
    id,
    primary_id,
    arrival
from members
where id <> primary_id;

create view merged_contacts as
select * from contacts
anti join members on members.id = contacts.id
union all by name
select * from survivors
anti join retired on retired.id = survivors.id;

{% for child in children %}
create view merged_{{ child }} as
select {{ child }}.* replace (coalesce(retired.primary_id, {{ child }}.contact_id) as contact_id)
from {{ child }}
left join retired on retired.id = {{ child }}.contact_id;

{% endfor %}
create view merged_list_memberships as
with touched as (
    select
        list_memberships.* replace (members.primary_id as contact_id),
        row_number() over (
            partition by members.primary_id, list_memberships.list_id order by members.arrival
        ) as n
    from list_memberships
    inner join members on members.id = list_memberships.contact_id
)

select * from list_memberships
anti join members on members.id = list_memberships.contact_id
union all by name
select * exclude (n) from touched
where n = 1;
