-- What a response says was merged, moved and populated adds up to what the ledger recorded of each merge.
-- grain: one row per response and fault
-- reads: ledger.merges, ledger.responses
-- kind: check
with

recorded as (

    select
        seq,
        any_value(request_id) as request_id,
        list(retired_id order by ordinal) as merged_ids,
        list_sort(flatten(list(fields_populated))) as fields_populated,
        {% for kind in counted %}
        sum(counts.{{ kind | ident }}) as {{ ("of " ~ kind) | ident }},
        {% endfor %}
    from ledger.merges
    group by seq

),

compared as (

    select
        coalesce(responses.request_id, recorded.request_id) as request_id,
        coalesce(responses.status = 200 and not responses.dry_run and not responses.replayed, false) as accepted,
        coalesce(responses.status = 200, false) as agreed,
        recorded.seq is not null as merged,
        coalesce(responses.merged_ids, []) as merged_ids,
        coalesce(recorded.merged_ids, []) as recorded_ids,
        coalesce(list_sort(responses.fields_populated), []) as fields_populated,
        coalesce(recorded.fields_populated, []) as recorded_fields,
        responses.counts is not null as is_counted,
        {% for kind in counted %}
        responses.counts.{{ kind | ident }} as {{ ("of " ~ kind) | ident }},
        case when recorded.seq is null then responses.counts.{{ kind | ident }} * 0 else recorded.{{ ("of " ~ kind) | ident }} end
            as {{ ("recorded of " ~ kind) | ident }},
        {% endfor %}
    from ledger.responses as responses
    full outer join recorded on recorded.seq = responses.seq

),

faults as (

    select request_id, 'has merges, but was not accepted' as fault, null as stated, null as recorded from compared
    where merged and not accepted

    union all

    select request_id, 'says other merged contacts', len(merged_ids), len(recorded_ids) from compared
    where accepted and merged_ids <> recorded_ids

    union all

    select request_id, 'says other populated fields', len(fields_populated), len(recorded_fields) from compared
    where accepted and fields_populated <> recorded_fields

    {% for kind in counted %}
    union all

    select
        request_id,
        {{ ("counts other " ~ kind) | literal }},
        {{ ("of " ~ kind) | ident }},
        {{ ("recorded of " ~ kind) | ident }}
    from compared
    where accepted and {{ ("of " ~ kind) | ident }} is distinct from {{ ("recorded of " ~ kind) | ident }}

    {% endfor %}
    union all

    select request_id, 'was refused, but says that something was merged', len(merged_ids), 0 from compared
    where not agreed and (len(merged_ids) > 0 or len(fields_populated) > 0 or is_counted)

)

select * from faults;

select
    (select count(*) from ledger.responses) + (select count(*) from ledger.merges) as rows_checked
