-- An edit makes the survivor's row a new single place: the field's other places hold nothing any more.
update place_values
set
    amended = true
    {% for field in typed %},
    f{{ field.i }} = case
        when not edits.e{{ field.i }} then place_values.f{{ field.i }}
        when edits.n = place_values.n then edits.f{{ field.i }}
    end
    {% endfor %}
from edits
where edits.owner = place_values.owner
    and place_values.position between edits.first_position and edits.last_position
