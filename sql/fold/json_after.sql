-- One row per accepted request of this batch, as the fold of JSON fields makes them (none yet).
-- `value_<i>` is the text of field i after it, `is_object_<i>` whether that is an object, `keys_<i>` its populated keys.
-- grain: one row per accepted request of this batch
-- reads: none
-- kind: temp table json_after
select
    cast(null as bigint) as seq,
    cast(null as boolean) as known
    {%- for field in json %},
    cast(null as varchar) as value_{{ field.i }},
    cast(null as boolean) as is_object_{{ field.i }},
    cast(null as varchar[]) as keys_{{ field.i }}
    {%- endfor %}

where false
