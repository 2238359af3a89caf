-- Adds one row per contact that a row just loaded deletes, with how new that row is.
-- grain: one row per contact that a row just loaded deletes
-- reads: flagged_contacts, {loaded}
-- kind: insert into raw._cm_flagged
select
    loaded._cm_key as contact_key,
    {{ named | literal }} as newest_by,
    said(loaded.{{ newest_by | ident }}) as newest
from {{ loaded }} as loaded
semi join flagged_contacts on flagged_contacts.contact_key = loaded._cm_key
