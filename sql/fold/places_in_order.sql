-- One row per place of the component's lines, line after line, each by position; where nothing joined or brought it 0.
--   survives: whether a merge went into the owner of the line, and none retired it
-- grain: one row per place of the component's lines
-- reads: component_line, component_merges
-- kind: query
with

survivors as (

    select distinct merged_into.p as n
    from component_merges as merged_into
    anti join component_merges as merged_away on merged_away.d = merged_into.p

)

select
    component_line.n,
    component_line.owner,
    coalesce(component_line.joined_seq, 0) as joined_seq,
    coalesce(component_line.brought_seq, 0) as brought_seq,
    survivors.n is not null as survives
from component_line
left join survivors on survivors.n = component_line.owner
order by component_line.owner, component_line.position
