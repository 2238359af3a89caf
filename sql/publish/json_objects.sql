-- One row per contact that is shown: whether the text of its JSON field i is an object, `is_object_<i>` (not yet known).
-- grain: one row per contact that is shown
-- reads: to_show
-- kind: temp table json_objects
select
    contact_key
    {%- for field in json %},
    cast(null as boolean) as is_object_{{ field.i }}
    {%- endfor %}

from to_show
