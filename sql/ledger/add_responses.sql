-- Adds one row per request of this batch that is no replay, its response.
-- grain: one row per request of this batch that is no replay
-- reads: accepted_contacts, accepted_responses, component_rows, counted, decisions, ordered_requests
-- kind: insert into ledger.responses
with

merged as (

    select
        accepted_contacts.seq,
        list(contacts._cm_id order by accepted_contacts.ord) as merged_ids
    from accepted_contacts
    inner join component_rows as contacts on contacts._cm_key = accepted_contacts.contact_key
    where accepted_contacts.ord > 0
    group by accepted_contacts.seq

)

select
    requests.seq,
    cast($batch_no as bigint),
    requests.request_id,
    decisions.status,
    decisions.code,
    decisions.message,
    accepted."primary",
    coalesce(merged.merged_ids, cast([] as varchar[])),
    coalesce(accepted.fields_populated, cast([] as varchar[])),
    {% if kinds %}
    case when decisions.status = 200 then {
        {% for kind in kinds %}
        {{ kind | literal }}: coalesce(counted.{{ ("of " ~ kind) | ident }}, 0),
        {% endfor %}
    } end,
    {% else %}
    null,
    {% endif %}
    requests.dry_run,
    false,
    decisions.rate_limit_limit,
    decisions.rate_limit_remaining,
    decisions.rate_limit_reset,
    $batch_id,
    cast($as_of as timestamptz)
from ordered_requests as requests
inner join decisions on decisions.seq = requests.seq
left join accepted_responses as accepted on accepted.seq = requests.seq
left join merged on merged.seq = requests.seq
left join counted on counted.seq = requests.seq
where decisions.replay_of is null
order by requests.seq
