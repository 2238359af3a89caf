-- One row per contact that any active merge or imported pointer names: its position in its survivor's lines.
-- grain: one row per contact that any active merge or imported pointer names
-- reads: none
-- kind: kept fold.line
create table if not exists fold.line (
    contact_key {{ key_type }} not null,
    owner_key {{ key_type }} not null,
    position bigint not null,
    joined_seq bigint,
    brought_seq bigint,
    base_batch bigint,
    root_key {{ key_type }} not null,
    membership_position bigint
);

comment on table fold.line is
    'One row per contact that any active merge or imported pointer names: its position in its survivor''s lines.';
comment on column fold.line.contact_key is 'The contact.';
comment on column fold.line.owner_key is 'The contact whose line of field values this one is in.';
comment on column fold.line.position is
    'Position in that line; the owner is at 0, what overwrites it before, what fills it after.';
comment on column fold.line.joined_seq is 'The request that joined this contact to the one on its left.';
comment on column fold.line.brought_seq is 'The request that brought this contact to the owner; null for the owner.';
comment on column fold.line.base_batch is
    'The row of ledger.contact_versions (by _cm_batch) whose values count for this contact.';
comment on column fold.line.root_key is 'The contact where all retirement pointers end, or one contact of the circle.';
comment on column fold.line.membership_position is
    'Position in the line of list memberships of that contact, which every merge appends to.';
