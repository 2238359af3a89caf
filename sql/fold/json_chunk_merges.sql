-- One row per merge of a chunk, in the order of the requests.
-- grain: one row per merge of a chunk
-- reads: json_merges
-- kind: query
select * exclude (chunk)
from json_merges
where chunk = $chunk
order by seq
