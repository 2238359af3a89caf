-- One row per edit that may be, turn after turn: its row of place_values, its place and stretch, and which of some fields differ.
-- grain: one row per edit that may be
-- reads: edit_values
-- kind: query
select
    n,
    place,
    turn,
    owner,
    first_position,
    last_position,
    {% for field in some %}
    differs_{{ field.i }},
    {% endfor %}
from edit_values
order by turn
