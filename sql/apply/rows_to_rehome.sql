{% from "merged/_survivor.sql" import survivor_id %}
-- One row per row of a child's snapshot that does not leave with the id that it came with: its number in the file, and the id.
-- It says of the rows of apply/child which value of one column differs from the file, for a file that is spliced.
-- grain: one row per row of a child's snapshot that does not leave with the id that it came with
-- reads: fold.child_targets, {keys}
-- kind: query
select
    keys._cm_row,
    {{ survivor_id("child_targets", type) }} as contact_id  -- rule: spliced-children-to-survivor
from {{ keys }} as keys
inner join fold.child_targets as child_targets on child_targets.contact_key = keys._cm_contact_key
where child_targets.survivor_id is not null
order by keys._cm_row
