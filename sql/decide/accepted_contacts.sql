-- One row per accepted request and contact that it names: `ord` is 0 for the primary.
-- grain: one row per accepted request and contact
-- reads: accepted_frame, named_contacts
-- kind: temp table accepted_contacts
select
    accepted.seq,
    accepted.ord,
    named_contacts.contact_key
from accepted_frame as accepted
inner join named_contacts on named_contacts.n = accepted.n
order by accepted.seq, accepted.ord
