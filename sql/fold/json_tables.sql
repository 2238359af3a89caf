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

-- json_given: one row per JSON field (its number `i`) and duplicate that gave a key of it.
create or replace temp table json_given (
    i bigint,
    seq bigint,
    ord bigint,
    keys varchar[]
);
