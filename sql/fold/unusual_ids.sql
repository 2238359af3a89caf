-- One row: of each spelling that ids may have how many contacts have another one.
-- grain: one row
-- reads: raw._cm_entity
-- kind: query
select
    {% for spelling in id_spellings %}
    count(*) filter (where contacts._cm_id <> {{ spelling }}) as unusual_{{ loop.index }}{{ "," if not loop.last }}
    {% endfor %}
from raw._cm_entity as contacts
