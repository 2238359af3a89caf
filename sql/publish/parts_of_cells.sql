{% from "fold/_values.sql" import filled %}
-- One row per column of cells of several ids that has any part which stays as it is: how many parts are no id, and how many are
-- ids of no contact.
-- grain: one row per column of cells of several ids
-- reads: fold.redirects, raw._cm_entity, raw.{child}
-- kind: query
with

known as (

    select _cm_key as contact_key from raw._cm_entity
    union
    select retired_key from fold.redirects
    union
    select survivor_key from fold.redirects where survivor_key is not null

)

{% for child, cells in columns %}
select
    {{ child | literal }} as "table",
    {{ cells.column | literal }} as "column",
    count(*) filter (where parts.contact_key is null) as no_ids,
    count(*) filter (where parts.contact_key is not null) as unknown_ids
from (
    select
        unnest({{ cells.key_column }}) as contact_key,
        unnest({{ cells.texts(cells.column | ident) }}) as part
    from raw.{{ child | ident }}
    where {{ cells.key_column }} is not null
) as parts
anti join known on known.contact_key = parts.contact_key
where {{ filled("parts.part", "text") }}
having count(*) > 0
{{ "union all" if not loop.last }}
{% endfor %}
