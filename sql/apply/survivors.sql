-- One row per survivor: the columns of contacts that a merge may change, as they are after all merges.
-- grain: one row per survivor
-- reads: fold.survivors
-- kind: query
select
    {% for column in changing %}
    {{ column.name | ident }},
    {% endfor %}
    _cm_key
from fold.survivors
