-- One row per contact that was deleted by a row that says so, with how new that row is: no older one brings it back in an upsert.
-- grain: one row per contact that was deleted by a row that says so
-- reads: none
-- kind: kept raw._cm_flagged
create table if not exists raw._cm_flagged (
    contact_key {{ key_type }} not null,
    newest_by varchar not null,
    newest varchar
);

comment on table raw._cm_flagged is
    'One row per contact that was deleted by a row that says so, since the last full load: no older row brings it back.';
comment on column raw._cm_flagged.contact_key is 'The contact.';
comment on column raw._cm_flagged.newest_by is 'The column of contacts that says how new a row is, in lower case.';
comment on column raw._cm_flagged.newest is 'What that row had in it, as text.';
