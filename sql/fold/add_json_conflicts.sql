-- Adds one row per survivor, key of a JSON field and value of it that was not taken.
-- grain: one row per survivor, key and value
-- reads: component, json_frame
-- kind: insert into fold.conflicts
select
    survivors.contact_key,
    $field,
    found.json_key,
    found.kept_value,
    kept.contact_key,
    found.other_value,
    others.contact_key,
    found.seq
from json_frame as found
inner join component as survivors on survivors.n = found.n
inner join component as kept on kept.n = found.kept
inner join component as others on others.n = found.other
