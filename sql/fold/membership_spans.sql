-- One row per duplicate that this batch merges: its stretch in the order of `children_in_order`.
-- grain: one row per duplicate that this batch merges
-- reads: component_children, stretches
-- kind: query
select
    stretches.seq,
    stretches.ord,
    children.g as first_g,
    children.g + stretches.last_membership - stretches.first_membership as last_g
from stretches
inner join component_children as children on children.n = stretches.n
where stretches.ord > 0 and not stretches.dry_run
order by stretches.seq, stretches.ord
