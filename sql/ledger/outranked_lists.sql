-- One row for each of the first ten lists of merged ids that do not count for a contact, and how many there are.
-- The contact has no pointer of its own, and the list of a lower id names it, too. The row says whose lists these are.
-- grain: one row for each of the first ten such lists
-- reads: listed_ids, raw._cm_entity
-- kind: query
with

listed as (

    select
        contact_key,
        list_key,
        arg_min(spelled, place) as spelled
    from listed_ids
    where contact_key <> list_key
    group by contact_key, list_key

),

ranked as (

    select
        *,
        min(list_key) over (partition by contact_key) as counting_key
    from listed

),

pointing as (

    select _cm_key as contact_key
    from raw._cm_entity
    where _cm_into <> _cm_key

)

select
    ranked.spelled as contact_id,
    counting._cm_id as target_id,
    others._cm_id as other_id,
    count(*) over () as lists
from ranked
anti join pointing on pointing.contact_key = ranked.contact_key
inner join raw._cm_entity as counting on counting._cm_key = ranked.counting_key
inner join raw._cm_entity as others on others._cm_key = ranked.list_key
where ranked.list_key <> ranked.counting_key
order by ranked.contact_key, ranked.list_key
limit 10
