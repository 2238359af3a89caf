-- One row per batch ({{ "this one" if one else "all of them" }}) and outcome of its requests, with their number.
-- grain: one row per batch and outcome of its requests
-- reads: ledger.responses
-- kind: query
select
    batch_no,
    case
        when replayed then 'replayed'
        when status <> 200 then code
        when dry_run then 'dry_run'
        when len(merged_ids) = 0 then 'nothing_merged'
        else 'merged'
    end as outcome,
    count(*) as requests
from ledger.responses
{% if one %}
where batch_no = $batch_no
{% endif %}
group by all
order by all
