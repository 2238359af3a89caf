-- One row per contact that merges or imported pointers name and the contacts just loaded no longer hold, as they held it before.
-- grain: one row per contact that merges or imported pointers name and the contacts just loaded no longer hold
-- reads: fold.line, ledger.imports, {earlier}, {keys}
-- kind: temp table lost_contacts
with

known as (

    select contact_key from fold.line
    union
    select contact_key from ledger.imports
    union
    select target_key from ledger.imports where target_key is not null

)

select earlier.*
from {{ earlier }} as earlier
semi join known on known.contact_key = earlier._cm_key
anti join {{ keys }} as contacts on contacts._cm_key = earlier._cm_key
