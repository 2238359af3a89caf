-- One row per pair of rows of place_values whose values of field `i` differ: its number.
-- grain: one row per pair of rows of place_values whose values of field `i` differ
-- reads: pairs_frame, place_values
-- kind: query
select pairs.number
from pairs_frame as pairs
inner join place_values as one on one.n = pairs.one
inner join place_values as other on other.n = pairs.other
where case pairs.i
    {% for field in some %}
    when {{ field.i }} then one.value_{{ field.i }} is distinct from other.value_{{ field.i }}
    {% endfor %}
end
