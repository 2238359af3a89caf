-- Keeps the rows of flagged contacts that the list of a row names which stays.
-- reads: flagged_contacts, listed_ids
-- kind: change flagged_contacts
delete from flagged_contacts
where contact_key in (
    select listed_ids.contact_key
    from listed_ids
    where listed_ids.list_key <> listed_ids.contact_key
        and listed_ids.list_key not in (select flagged.contact_key from flagged_contacts as flagged)
)
