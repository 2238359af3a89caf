-- One row per survivor: the columns of contacts that a merge may change, as they are after all merges.
-- grain: one row per survivor
-- reads: fold.survivors
-- kind: query
select
    _cm_key as contact_key{{ "," if changing }}
    {% for column in changing %}
    {{ column.name | ident }}{{ "," if not loop.last }}
    {% endfor %}
from fold.survivors
