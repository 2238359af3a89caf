-- Adds one row per pair of rows of place_values whose values of field `i` differ: the kept value of a survivor, and another one
-- of its line.
-- grain: one row per pair of rows of place_values whose values differ
-- reads: conflicts_frame, place_values
-- kind: insert into fold.conflicts
select
    kept.owner_key,
    conflicts.field,
    conflicts.json_key,
    case conflicts.i
        {% for field in some %}
        when {{ field.i }} then cast(kept.value_{{ field.i }} as varchar)
        {% endfor %}
    end,
    kept.contact_key,
    case conflicts.i
        {% for field in some %}
        when {{ field.i }} then cast(other.value_{{ field.i }} as varchar)
        {% endfor %}
    end,
    other.contact_key,
    conflicts.seq
from conflicts_frame as conflicts
inner join place_values as kept on kept.n = conflicts.kept
inner join place_values as other on other.n = conflicts.other
where case conflicts.i
    {% for field in some %}
    when {{ field.i }} then other.value_{{ field.i }} is distinct from kept.value_{{ field.i }}
    {% endfor %}
end
