{% from "fold/_values.sql" import first_value_by %}
-- One row per field of a live contact and place of its line that holds another value than the kept one.
-- Two places met by the newest of the requests that joined what stands between them.
create or replace view merged.field_conflicts as
with

places as (

    select * from fold.places

),

{# Fields are taken some at a time: windows and joins keep all their columns in memory. #}
{% for some in typed | batch(256) %}
{# Of each line, which place holds the kept value of each field, and which request brought that place to the owner. #}
kept_{{ loop.index }} as (

    select
        owner_key,
        {% for field in some %}
        min(case when f{{ field.i }} is not null then position end) as first{{ field.i }},
        {{ first_value_by("f" ~ field.i, field.type, "position") }} as kept{{ field.i }},
        arg_min(contact_id, case when f{{ field.i }} is not null then position end) as from{{ field.i }},
        arg_min(coalesce(brought_seq, 0), case when f{{ field.i }} is not null then position end) as by{{ field.i }},
        {% endfor %}
    from places
    group by owner_key

),

{# Two places that different requests brought met by the newer one. Of those that one request brought, which one joined what
   stands between has to be looked for. #}
nearer_{{ loop.index }} as (

    select
        places.contact_key,
        {% for field in some %}
        max(case when places.brought_seq = kept.by{{ field.i }} and places.position > kept.first{{ field.i }} then places.joined_seq end)
            over brought_so_far as met{{ field.i }},
        {% endfor %}
    from places
    inner join kept_{{ loop.index }} as kept on kept.owner_key = places.owner_key
    where
        {% for field in some %}
        {{ "or " if not loop.first }}(places.brought_seq = kept.by{{ field.i }} and places.position > kept.first{{ field.i }})
        {% endfor %}
    window brought_so_far as (
        partition by places.owner_key, places.brought_seq order by places.position
        rows between unbounded preceding and current row
    )

),

{# These fields of a place in one list, so that places are read once for them. #}
compared_{{ loop.index }} as (

    select
        places.owner_id,
        places.contact_id as other_from,
        unnest([
            {% for field in some %}
            case
                when places.f{{ field.i }} is not null and places.f{{ field.i }} is distinct from kept.kept{{ field.i }}
                then struct_pack(
                    field := {{ field.label | literal }},
                    kept_value := cast(kept.kept{{ field.i }} as varchar),
                    kept_from := kept.from{{ field.i }},
                    other_value := cast(places.f{{ field.i }} as varchar),
                    seq := coalesce(met{{ field.i }}, greatest(kept.by{{ field.i }}, coalesce(places.brought_seq, 0)))
                )
            end{{ "," if not loop.last }}
            {% endfor %}
        ]) as conflict
    from places
    inner join kept_{{ loop.index }} as kept on kept.owner_key = places.owner_key
    left join nearer_{{ loop.index }} as nearer on nearer.contact_key = places.contact_key

),

{% endfor %}
owners as (

    select distinct
        owner_key,
        owner_id
    from places

),

told as (

    {# A contact of a line that is not retired is its owner. #}
    select
        owners.owner_id as contact_id,
        conflicts.field || '.' || conflicts.json_key as field,
        conflicts.kept_value,
        coalesce(
            (select retired.retired_id from fold.redirects as retired where retired.retired_key = conflicts.kept_from),
            owners.owner_id
        ) as kept_from,
        conflicts.other_value,
        coalesce(
            (select retired.retired_id from fold.redirects as retired where retired.retired_key = conflicts.other_from),
            owners.owner_id
        ) as other_from,
        conflicts.seq
    from fold.json_conflicts as conflicts
    inner join owners on owners.owner_key = conflicts.contact_key

    {% for some in typed | batch(256) %}
    union all

    select
        owner_id as contact_id,
        conflict.field,
        conflict.kept_value,
        conflict.kept_from,
        conflict.other_value,
        other_from,
        conflict.seq
    from compared_{{ loop.index }}
    where conflict is not null

    {% endfor %}
)

{# Looked up row by row: as a join DuckDB would hold all of what is told in memory, of which it expects few rows. #}
select
    told.contact_id,
    told.field,
    told.kept_value,
    told.kept_from,
    told.other_value,
    told.other_from,
    (select requests.request_id from ledger.requests as requests where requests.seq = told.seq) as request_id
from told;

comment on view merged.field_conflicts is 'One row per field of a live contact and place of its line that holds another value than the kept one.';
comment on column merged.field_conflicts.contact_id is 'The live contact.';
comment on column merged.field_conflicts.field is 'The field; a key of a JSON field as <column>.<key>.';
comment on column merged.field_conflicts.kept_value is 'The value that counts, as text.';
comment on column merged.field_conflicts.kept_from is 'The contact in whose row it stood.';
comment on column merged.field_conflicts.other_value is 'The value that was not taken, as text.';
comment on column merged.field_conflicts.other_from is 'The contact in whose row that one stood.';
comment on column merged.field_conflicts.request_id is 'The request by which the two met.'
