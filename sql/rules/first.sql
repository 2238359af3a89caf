-- The first value along the line.
-- reads: none
-- kind: rule
null
