-- One row per accepted request of this batch, as the fold of JSON fields makes them (none yet).
-- `value_<i>` is the text of field i after it, `is_object_<i>` whether that is an object, `keys_<i>` its populated keys.
create or replace temp table json_after (
    seq bigint,
    known boolean
    {%- for field in json %},
    value_{{ field.i }} varchar,
    is_object_{{ field.i }} boolean,
    keys_{{ field.i }} varchar[]
    {%- endfor %}

);
