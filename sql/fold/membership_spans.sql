-- One row per duplicate of an accepted request of this batch: its stretch in the order of `membership_line`.
-- grain: one row per duplicate of an accepted request of this batch
-- reads: membership_line, stretches
-- kind: query
select
    stretches.seq,
    stretches.ord,
    line.g as first_g,
    line.g + stretches.last_membership - stretches.first_membership as last_g,
    stretches.dry_run
from stretches
inner join membership_line as line on line.n = stretches.n
where stretches.ord > 0
order by stretches.seq, stretches.ord
