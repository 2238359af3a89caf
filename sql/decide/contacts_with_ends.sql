-- One row per named contact or end of one: what `named_contacts` holds of it, and the number of its end.
-- grain: one row per named contact
-- reads: named_contacts
-- kind: query
select
    named.n,
    named.live,
    named.retired,
    named.circle,
    ends.n as end_n,
    cast(named.workspace_id as varchar) as workspace_id
from named_contacts as named
left join named_contacts as ends on ends.contact_key = named.end_key
order by named.n
