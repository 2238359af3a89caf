-- An edit makes the survivor's row a new single place: the field's other places hold nothing any more.
-- reads: edits, place_values
-- kind: change place_values
update place_values
set
    overridden = true
    {% for field in typed %},
    value_{{ field.i }} = case
        when not edits.edited_{{ field.i }} then place_values.value_{{ field.i }}
        when edits.n = place_values.n then edits.value_{{ field.i }}
    end
    {% endfor %}
from (
    select
        places.n as place,
        nearest.*
    from place_values as places
    asof join edits as nearest
        on nearest.owner = places.owner
        and nearest.first_position <= places.position
    where places.position <= nearest.last_position
) as edits
where edits.place = place_values.n
