-- Where there are no child tables nothing is counted.
-- reads: none
-- kind: change ledger.merges
alter table ledger.merges alter column counts drop not null
