-- One row for each of the first {{ most }} fields of live contacts that change (temp table `changes`): in how many of them, and
-- the number of such fields.
-- grain: one row for each of the first {{ most }} fields of live contacts that change
-- reads: changes
-- kind: query
select
    field,
    count(*) as contacts,
    count(*) over () as fields
from changes
group by field
order by contacts desc, field
limit {{ most }}
