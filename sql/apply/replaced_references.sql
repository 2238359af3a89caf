-- One row per live contact of which a reference leaves otherwise than its row has it: all its references, as they leave.
-- grain: one row per live contact of which a reference leaves otherwise than its row has it
-- reads: fold.replaced_references
-- kind: query
select
    {% for _ in references %}
    reference_{{ loop.index }},
    {% endfor %}
    contact_key
from fold.replaced_references
