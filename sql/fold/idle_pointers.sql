-- One row per imported pointer on a circle of pointers that goes through an active merge: it has no effect.
-- grain: one row per imported pointer on a circle of pointers that goes through an active merge
-- reads: none
-- kind: kept fold.idle_pointers
create table if not exists fold.idle_pointers (
    contact_key {{ key_type }} not null,
    target_key {{ key_type }} not null,
    circle_key {{ key_type }} not null,
    batch_no bigint not null,
    seq bigint not null
);

comment on table fold.idle_pointers is
    'One row per imported pointer on a circle of pointers that goes through an active merge: it has no effect.';
comment on column fold.idle_pointers.contact_key is 'The contact whose row has the pointer.';
comment on column fold.idle_pointers.target_key is 'Where the pointer leads.';
comment on column fold.idle_pointers.circle_key is 'One contact of the circle, the same for all pointers on it.';
comment on column fold.idle_pointers.batch_no is 'The batch that loaded the pointer.';
comment on column fold.idle_pointers.seq is 'The newest request whose merge is on the circle.';
