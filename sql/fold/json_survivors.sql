-- One row per live survivor, as the fold of JSON fields makes them (none yet): `value_<i>` is the text of field i.
-- grain: one row per live survivor
-- reads: none
-- kind: temp table json_survivors
select
    cast(null as bigint) as n,
    cast(null as boolean) as known
    {%- for field in json %},
    cast(null as varchar) as value_{{ field.i }}
    {%- endfor %}

where false
