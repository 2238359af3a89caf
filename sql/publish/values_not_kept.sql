-- One row for each of the first {{ most }} fields of which the requests of batch $batch_no do not keep every value, with the
-- numbers of all such fields and values. From merged/field_conflicts.parquet, for the view would be computed again.
-- grain: one row for each of the first {{ most }} fields of which the requests of batch $batch_no do not keep every value
-- reads: ledger.merges, {field_conflicts}
-- kind: query
select
    conflicts.field,
    count(distinct conflicts.contact_id) as kept,
    count(*) as not_kept,
    count(*) over () as fields,
    cast(sum(count(*)) over () as bigint) as values_not_kept
from {{ field_conflicts }} as conflicts
semi join ledger.merges as merges on merges.request_id = conflicts.request_id and merges.batch_no = $batch_no
group by conflicts.field
order by not_kept desc, conflicts.field
limit {{ most }}
