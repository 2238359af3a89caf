-- One row per merge, active or undone, from or into a contact of $keys, with who asked for it and why.
-- grain: one row per merge from or into a contact of $keys
-- reads: ledger.batches, ledger.merges, ledger.requests, ledger.reversals
-- kind: query
with

about as (

    select unnest(cast($keys as {{ key_type }}[])) as contact_key

),

wanted as (

    select seq, retired_key from ledger.merges semi join about on about.contact_key = merges.primary_key
    union
    select seq, retired_key from ledger.merges semi join about on about.contact_key = merges.retired_key

)

select
    merges.seq,
    merges.batch_no,
    batches.batch_id,
    merges.merged_at,
    merges.request_id,
    requests.requested_at,
    requests.api_key_id,
    merges.overwrite,
    merges.primary_key,
    merges.primary_id,
    merges.retired_key,
    merges.retired_id,
    merges.fields_populated,
    merges.counts,
    reversals.batch_no as undone_batch_no,
    undone.batch_id as undone_batch_id,
    reversals.reversed_at as undone_at,
    {# text all of them: a machine that reads them should not meet a number that lost digits #}
    [
        {% for name in extra %}
        cast(requests.{{ name | ident }} as varchar){{ "," if not loop.last }}
        {% endfor %}
    ] as extra_columns
from ledger.merges as merges
inner join wanted on wanted.seq = merges.seq and wanted.retired_key = merges.retired_key
inner join ledger.requests as requests on requests.seq = merges.seq
inner join ledger.batches as batches on batches.batch_no = merges.batch_no
left join ledger.reversals as reversals
    on reversals.seq = merges.seq and reversals.retired_key = merges.retired_key
left join ledger.batches as undone on undone.batch_no = reversals.batch_no
order by merges.seq, merges.ordinal
