-- One row per request and contact that it names, where it is named first: an id that is named twice counts once.
-- grain: one row per request and contact that it names
-- reads: named_contacts, named_ids
-- kind: query
select
    named_ids.seq,
    min(named_ids.ord) as ord,
    named_contacts.n
from named_ids
inner join named_contacts on named_contacts.contact_key = named_ids.contact_key
group by named_ids.seq, named_contacts.n  -- rule: named-twice-is-once
order by named_ids.seq, ord
