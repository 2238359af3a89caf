-- One row per table with rejects, in the order of their files' names: how many entries it has.
-- grain: one row per table
-- reads: raw.rejects
-- kind: query
select
    table_name,
    count(*) as entries
from raw.rejects
group by table_name
order by 'rejects/' || table_name || '.jsonl'
