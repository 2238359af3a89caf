-- One row per accepted request of this batch, as the fold of JSON fields makes them (none yet): `f<i>` is the text of field i
-- after it, `o<i>` whether that is an object, `k<i>` its keys that were populated.
create or replace temp table json_after (
    seq bigint,
    known boolean
    {%- for field in json %},
    f{{ field.i }} varchar,
    o{{ field.i }} boolean,
    k{{ field.i }} varchar[]
    {%- endfor %}

);
