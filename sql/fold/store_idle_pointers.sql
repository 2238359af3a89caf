-- One row per imported pointer of the component on a circle of pointers that goes through an active merge: it has no effect.
-- grain: one row per imported pointer of the component on a circle of pointers that goes through an active merge
-- reads: component, idle_frame
-- kind: replace fold.idle_pointers where contact_key in (select contact_key from component)
select
    contacts.contact_key,
    targets.contact_key as target_key,
    circles.contact_key as circle_key,
    idle_frame.batch_no,
    idle_frame.seq
from idle_frame
inner join component as contacts on contacts.n = idle_frame.d
inner join component as targets on targets.n = idle_frame.t
inner join component as circles on circles.n = idle_frame.circle
