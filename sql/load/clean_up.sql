-- Drops a temporary table that only a load needs.
-- reads: none
-- kind: change temp.{{ table }}
drop table if exists temp.{{ table }}
