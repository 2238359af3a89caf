-- One row for each of the first {{ most }} contacts that batch $batch_no retires by requests, or by pointers, or that its
-- export deletes.
-- The temp table `liveness` is there only where the batch loads contacts.
-- grain: one row for each of the first {{ most }} contacts of each kind that the batch retires or deletes
-- reads: fold.redirects, ledger.deletions, ledger.merges, liveness
-- kind: query
with

by_requests as (

    select
        'retired' as how,
        merges.retired_id as contact_id,
        redirects.survivor_id,
        merges.request_id,
        merges.seq,
        merges.ordinal
    from ledger.merges as merges
    left join fold.redirects as redirects on redirects.retired_key = merges.retired_key
    where merges.batch_no = $batch_no
    order by merges.seq, merges.ordinal
    limit {{ most }}

)

{% if loaded %}
, by_pointers as (

    select
        'retired by pointer' as how,
        redirects.retired_id as contact_id,
        redirects.survivor_id,
        cast(null as varchar) as request_id,
        cast(null as bigint) as seq,
        cast(null as integer) as ordinal
    from fold.redirects as redirects
    semi join liveness on liveness.contact_key = redirects.retired_key and liveness.change in ('retired', 'new_retired')
    order by redirects.retired_id
    limit {{ most }}

),

by_export as (

    select
        'deleted' as how,
        deletions.contact_id,
        cast(null as varchar) as survivor_id,
        cast(null as varchar) as request_id,
        cast(null as bigint) as seq,
        cast(null as integer) as ordinal
    from ledger.deletions as deletions
    semi join liveness on liveness.contact_key = deletions.contact_key and liveness.change = 'deleted'
    where deletions.batch_no = $batch_no
    order by deletions.contact_id
    limit {{ most }}

)
{% endif %}

select how, contact_id, survivor_id, request_id, seq, ordinal from by_requests
{% if loaded %}
union all
select how, contact_id, survivor_id, request_id, seq, ordinal from by_pointers
union all
select how, contact_id, survivor_id, request_id, seq, ordinal from by_export
{% endif %}
order by how, seq, ordinal, contact_id
