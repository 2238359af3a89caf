-- One row per contact that events of an undo show: those of the merges undone, and who survives their primaries.
-- grain: one row per contact that events of an undo show
-- reads: chosen_reversals, fold.redirects
-- kind: temp table to_show
with

chosen as (

    select * from chosen_reversals

),

survivors as (

    select redirects.survivor_key as contact_key
    from fold.redirects as redirects
    semi join chosen on chosen.primary_key = redirects.retired_key
    where redirects.survivor_key is not null

)

select retired_key as contact_key from chosen
union
select primary_key from chosen
union
select contact_key from survivors
