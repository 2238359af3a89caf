-- Adds one row per text in a JSON field that is no JSON object, or that DuckDB may be too lax with.
-- grain: one row per text in a JSON field that is no JSON object
-- reads: {target}
-- kind: insert into noted_rows
with

texts as (

    select {{ row_id }} as row_id, cast({{ column | ident }} as varchar) as text
    from {{ target }}
    where {{ column | ident }} is not null

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
    {{ (column ~ " is no JSON object; it counts as empty") | literal }} as reason,
    case when is_object then text end as suspect
from judged
where (is_object and is_lax) or (not is_object and said(text) is not null)  -- rule: no-object
