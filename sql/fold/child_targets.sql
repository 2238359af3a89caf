-- One row per contact whose child rows do not all leave with the id that they came with: the contact that has them now, and how
-- contacts spell its id. A view for the merged tables of children.
-- grain: one row per contact whose child rows do not all leave with the id that they came with
-- reads: fold.id_spellings, fold.redirects
-- kind: view fold.child_targets
with

retired as (

    select
        retired_key as contact_key,
        survivor_key,
        survivor_id
    from fold.redirects
    where is_contact

),

live as (

    select
        id_spellings.contact_key,
        id_spellings.contact_key as survivor_key,
        id_spellings.contact_id as survivor_id
    from fold.id_spellings as id_spellings
    anti join fold.redirects as redirects on redirects.retired_key = id_spellings.contact_key

)

select * from retired
union all
select * from live;

comment on view fold.child_targets is
    'One row per contact whose child rows do not all leave with the id that they came with: the contact that has them now.';
comment on column fold.child_targets.contact_key is 'The contact that child rows name.';
comment on column fold.child_targets.survivor_key is 'The contact that has them now, live or deleted.';
comment on column fold.child_targets.survivor_id is 'That contact, as contacts spell it.';
