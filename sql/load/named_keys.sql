-- One row per row of what loads made of the entity, with what its references name now that the settings have others.
-- grain: one row per row of what loads made of the entity
-- reads: {loaded}
-- kind: table {{ loaded }}
select
    {% for name in columns %}
    {{ name | ident }}{{ "," if not loop.last or keys }}
    {% endfor %}
    {% for helper, value in keys.items() %}
    {{ value }} as {{ helper | ident }}{{ "," if not loop.last }}
    {% endfor %}
from {{ loaded }}
