-- One row per merge accepted in this batch, shaped like ledger.merges but for what it brought.
-- grain: one row per merge accepted in this batch
-- reads: accepted_contacts, component_rows, decisions, ordered_requests
-- kind: temp table new_merges
with

real as (

    select
        requests.seq,
        requests.request_id,
        requests.overwrite
    from ordered_requests as requests
    inner join decisions on decisions.seq = requests.seq
    where decisions.status = 200 and not requests.dry_run  -- rule: dry-run-is-no-merge

),

named as (

    select
        accepted_contacts.seq,
        accepted_contacts.ord,
        accepted_contacts.contact_key,
        contacts._cm_id as contact_id,
        {% if workspace %}said(contacts.{{ entity.workspace | ident }}){% else %}cast(null as varchar){% endif %} as workspace_id
    from accepted_contacts
    semi join real on real.seq = accepted_contacts.seq
    inner join component_rows as contacts on contacts._cm_key = accepted_contacts.contact_key

)

select
    real.seq,
    cast(duplicates.ord as integer) as ordinal,
    cast($batch_no as bigint) as batch_no,
    real.request_id,
    primaries.contact_key as primary_key,
    primaries.contact_id as primary_id,
    duplicates.contact_key as retired_key,
    duplicates.contact_id as retired_id,
    real.overwrite,
    cast($as_of as timestamptz) as merged_at,
    primaries.workspace_id
from real
inner join named as primaries on primaries.seq = real.seq and primaries.ord = 0
inner join named as duplicates on duplicates.seq = real.seq and duplicates.ord > 0
order by real.seq, duplicates.ord
