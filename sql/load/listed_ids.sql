-- One row per part of a list of merged ids that is not empty: the contact that it names, as ids compare; else null.
-- grain: one row per part of a list of merged ids that is not empty
-- reads: listed_parts, non_standard_uuids
-- kind: temp table listed_ids
select
    row_id,
    list_key,
    place,
    spelled,
    {% if is_uuid %}
    coalesce({{ key }}, (select value from non_standard_uuids where non_standard_uuids.spelled = listed_parts.spelled))
    {% else %}
    {{ key }}
    {% endif %}
        as contact_key
from listed_parts
where spelled is not null
