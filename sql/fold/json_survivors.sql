-- One row per live survivor, as the fold of JSON fields makes them (none yet): `value_<i>` is the text of field i.
create or replace temp table json_survivors (
    n bigint,
    known boolean
    {%- for field in json %},
    value_{{ field.i }} varchar
    {%- endfor %}

);
