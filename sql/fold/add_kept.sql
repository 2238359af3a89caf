-- Adds one row per survivor and field, or key of a JSON field, whose value came from another place of its line.
-- grain: one row per survivor and field
-- reads: component, kept_frame
-- kind: insert into fold.kept
select
    survivors.contact_key,
    kept.field,
    kept.json_key,
    sources.contact_key,
    kept.seq
from kept_frame as kept
inner join component as survivors on survivors.n = kept.n
inner join component as sources on sources.n = kept.source
