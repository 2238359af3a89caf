-- One row per field of a live contact and place of its line that holds another value than the kept one.
-- Two places met by the newest of the requests that joined what stands between them.
create or replace view merged.field_conflicts as
with

places as (

    select * from fold.places

),

kept as (

    select
        *,
        {% for field in typed %}
        first_value(case when f{{ field.i }} is not null then position end ignore nulls) over line as first{{ field.i }},
        first_value(f{{ field.i }} ignore nulls) over line as kept{{ field.i }},
        first_value(case when f{{ field.i }} is not null then contact_key end ignore nulls) over line as from{{ field.i }},
        {% endfor %}
    from places
    window line as (
        partition by owner_key order by position rows between unbounded preceding and unbounded following
    )

),

met as (

    select
        *,
        {% for field in typed %}
        max(case when position > first{{ field.i }} then joined_seq end) over so_far as met{{ field.i }},
        {% endfor %}
    from kept
    window so_far as (
        partition by owner_key order by position rows between unbounded preceding and current row
    )

),

told as (

    {% for field in typed %}
    select
        owner_key as contact_key,
        {{ field.label | literal }} as field,
        {{ text_of("kept" ~ field.i, field.type) }} as kept_value,
        from{{ field.i }} as kept_key,
        {{ text_of("f" ~ field.i, field.type) }} as other_value,
        contact_key as other_key,
        met{{ field.i }} as seq
    from met
    where f{{ field.i }} is not null and f{{ field.i }} is distinct from kept{{ field.i }}

    union all

    {% endfor %}
    select
        told.contact_key,
        told.field || '.' || told.json_key as field,
        told.kept_value,
        told.kept_from as kept_key,
        told.other_value,
        told.other_from as other_key,
        told.seq
    from fold.json_conflicts as told
    semi join raw.contacts as contacts on contacts._cm_key = told.contact_key
    anti join fold.redirects as redirects on redirects.retired_key = told.contact_key

),

ids as (

    select
        retired_key as contact_key,
        retired_id as contact_id
    from fold.redirects

    union all

    select
        contacts._cm_key,
        cast(contacts.id as varchar)
    from raw.contacts as contacts
    semi join fold.survivors as survivors on survivors._cm_key = contacts._cm_key
    anti join fold.redirects as redirects on redirects.retired_key = contacts._cm_key

)

select
    owners.contact_id,
    told.field,
    told.kept_value,
    kept_ids.contact_id as kept_from,
    told.other_value,
    other_ids.contact_id as other_from,
    requests.request_id
from told
inner join ids as owners on owners.contact_key = told.contact_key
inner join ids as kept_ids on kept_ids.contact_key = told.kept_key
inner join ids as other_ids on other_ids.contact_key = told.other_key
inner join ledger.requests as requests on requests.seq = told.seq;

comment on view merged.field_conflicts is 'One row per field of a live contact and place of its line that holds another value than the kept one.';
comment on column merged.field_conflicts.contact_id is 'The live contact.';
comment on column merged.field_conflicts.field is 'The field; a key of a JSON field as <column>.<key>.';
comment on column merged.field_conflicts.kept_value is 'The value that counts, as text.';
comment on column merged.field_conflicts.kept_from is 'The contact in whose row it stood.';
comment on column merged.field_conflicts.other_value is 'The value that was not taken, as text.';
comment on column merged.field_conflicts.other_from is 'The contact in whose row that one stood.';
comment on column merged.field_conflicts.request_id is 'The request by which the two met.'
