-- The texts by which values were sealed that a cast changes.
-- reads: none
-- kind: change ledger.contact_versions
update ledger.contact_versions
set {{ kept | ident }} = cast({{ value }} as varchar)
where {{ kept | ident }} is null and ({{ changes }})
