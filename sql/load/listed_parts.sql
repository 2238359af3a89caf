-- One row per part of a list of merged ids, in a table just loaded: the row of the table, its contact, and the part as text.
-- grain: one row per part of a list of merged ids
-- reads: {target}
-- kind: temp table listed_parts
with

lists as (

    select
        {{ row_id }} as row_id,
        _cm_key as list_key,
        {{ parts }} as parts
    from {{ target }}
    where {{ filled }}

)

select
    row_id,
    list_key,
    unnest(range(len(parts))) as place,
    stripped(unnest(parts)) as spelled
from lists
