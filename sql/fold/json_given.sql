-- One row per JSON field (its number `i`) and duplicate that gave keys of it, as the fold of JSON fields makes them (none yet).
-- grain: one row per JSON field and duplicate that gave keys of it
-- reads: none
-- kind: temp table json_given
select
    cast(null as bigint) as i,
    cast(null as bigint) as seq,
    cast(null as bigint) as ord,
    cast(null as varchar[]) as keys
where false
