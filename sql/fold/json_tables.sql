-- What the fold of JSON fields makes, empty where there are none: `f<i>` texts of field i, `o<i>` whether that is an object,
-- `k<i>` its keys that were populated.
-- json_survivors: one row per live survivor.
create or replace temp table json_survivors (
    n bigint,
    known boolean
    {%- for field in json %},
    f{{ field.i }} varchar
    {%- endfor %}

);

-- json_after: one row per accepted request of this batch.
create or replace temp table json_after (
    seq bigint,
    known boolean
    {%- for field in json %},
    f{{ field.i }} varchar,
    o{{ field.i }} boolean,
    k{{ field.i }} varchar[]
    {%- endfor %}

);

-- json_given: one row per duplicate that gave a key.
create or replace temp table json_given (
    seq bigint,
    ord bigint
    {%- for field in json %},
    k{{ field.i }} varchar[]
    {%- endfor %}

);
