-- One row per value of a table just loaded that counts as empty because it cannot be used; its row stays.
--   suspect: a text that DuckDB takes for a JSON object and RFC 8259 may not; to be parsed strictly
create or replace temp table noted_rows (row_id bigint, reason varchar, suspect varchar);
{% if pointer %}

insert into noted_rows
select {{ row_id }}, '{{ pointer }} is no UUID; the row counts as one without it', null
from {{ target }}
where _cm_into is null and said({{ pointer }}) is not null;  -- rule: bad-pointer
{% endif %}
{% for name in json_fields %}

insert into noted_rows
with

texts as (

    select {{ row_id }} as row_id, cast({{ name | ident }} as varchar) as text
    from {{ target }}
    where {{ name | ident }} is not null

),

judged as (

    select
        row_id,
        text,
        json_valid(text) and regexp_matches(text, '^[ \t\n\r]*\{') as is_object,
        regexp_matches(text, '(?i),\s*[}\]]|[:\[,]\s*[+-]?(nan|inf)') as is_lax
    from texts

)

select
    row_id,
    {{ (name ~ " is no JSON object; it counts as empty") | literal }} as reason,
    case when is_object then text end as suspect
from judged
where (is_object and is_lax) or (not is_object and said(text) is not null);  -- rule: no-object
{% endfor %}
