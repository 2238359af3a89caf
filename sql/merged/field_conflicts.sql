{% from "fold/_values.sql" import first_value_by %}
-- One row per field of a live contact and contact of its line that holds another value than the kept one.
-- Two places met by the newest of the requests that joined what is between them.
-- grain: one row per field of a live contact and contact of its line that holds another value than the kept one
-- reads: fold.json_conflicts, fold.places, fold.redirects, ledger.requests
-- kind: view merged.field_conflicts
with

places as (

    select * from fold.places

),

{# Fields are taken in groups: windows and joins keep all their columns in memory. #}
{% for some in typed | batch(256) %}
{# Of each line, which place holds the kept value of each field, and which request brought that place to the owner. #}
kept_{{ loop.index }} as (

    select
        owner_key,
        {% for field in some %}
        min(case when value_{{ field.i }} is not null then position end) as first_{{ field.i }},
        {{ first_value_by("value_" ~ field.i, field.type, "position") }} as kept_{{ field.i }},
        arg_min(contact_id, case when value_{{ field.i }} is not null then position end) as from_{{ field.i }},
        arg_min(coalesce(brought_seq, 0), case when value_{{ field.i }} is not null then position end) as by_{{ field.i }},
        {% endfor %}
    from places
    group by owner_key

),

{# Two places that different requests brought met by the newer one. Of those that one request brought, the one that joined what
   is between them has to be found. #}
nearer_{{ loop.index }} as (

    select
        places.contact_key,
        {% for field in some %}
        max(  -- rule: brought-met
            case
                when places.brought_seq = kept.by_{{ field.i }} and places.position > kept.first_{{ field.i }}
                then places.joined_seq
            end
        ) over brought_so_far as met_{{ field.i }},
        {% endfor %}
    from places
    inner join kept_{{ loop.index }} as kept on kept.owner_key = places.owner_key
    where
        {% for field in some %}
        {{ "or " if not loop.first }}(places.brought_seq = kept.by_{{ field.i }} and places.position > kept.first_{{ field.i }})
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
                when places.value_{{ field.i }} is not null
                    and places.value_{{ field.i }} is distinct from kept.kept_{{ field.i }}
                then struct_pack(
                    field := {{ field.label | literal }},
                    kept_value := cast(kept.kept_{{ field.i }} as varchar),
                    kept_from := kept.from_{{ field.i }},
                    other_value := cast(places.value_{{ field.i }} as varchar),
                    seq := coalesce(
                        met_{{ field.i }},
                        greatest(kept.by_{{ field.i }}, coalesce(places.brought_seq, 0))  -- rule: two-met
                    )
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

conflicts as (

    {# A contact of a line that is not retired is its owner. #}
    select
        owners.owner_id as contact_id,
        json_conflicts.field || '.' || json_conflicts.json_key as field,
        json_conflicts.kept_value,
        coalesce(
            (select retired.retired_id from fold.redirects as retired where retired.retired_key = json_conflicts.kept_from),
            owners.owner_id
        ) as kept_from,
        json_conflicts.other_value,
        coalesce(
            (select retired.retired_id from fold.redirects as retired where retired.retired_key = json_conflicts.other_from),
            owners.owner_id
        ) as other_from,
        json_conflicts.seq
    from fold.json_conflicts as json_conflicts
    inner join owners on owners.owner_key = json_conflicts.contact_key

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

{# Looked up row by row: in a join DuckDB would keep all conflicts in memory, for it expects few rows. #}
select
    conflicts.contact_id,
    conflicts.field,
    conflicts.kept_value,
    conflicts.kept_from,
    conflicts.other_value,
    conflicts.other_from,
    (select requests.request_id from ledger.requests as requests where requests.seq = conflicts.seq) as request_id
from conflicts;

comment on view merged.field_conflicts is
    'One row per field of a live contact and contact of its line that holds another value than the kept one.';
comment on column merged.field_conflicts.contact_id is 'The live contact.';
comment on column merged.field_conflicts.field is 'The field; a key of a JSON field as <column>.<key>.';
comment on column merged.field_conflicts.kept_value is 'The value that counts, as text.';
comment on column merged.field_conflicts.kept_from is 'The contact in whose row it stood.';
comment on column merged.field_conflicts.other_value is 'The value that was not taken, as text.';
comment on column merged.field_conflicts.other_from is 'The contact in whose row that one stood.';
comment on column merged.field_conflicts.request_id is 'The request that brought the two together.'
