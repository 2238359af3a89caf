{% from "fold/_values.sql" import iso %}
-- One row per event, in ledger order: a contact retired by a merge, or brought back by an undo; `line` is its JSON.
-- The id is made of what was merged by which request, so that a replay of the same inputs gives the same.
-- grain: one row per event
-- reads: ledger.batches, ledger.merges, ledger.responses, ledger.reversals
-- kind: view merged.events
with

{# A batch merges or undoes, so its events are numbered where they come from, before their texts are made. #}
merges as (

    select
        *,
        row_number() over (partition by batch_no order by seq, ordinal) as position
    from ledger.merges

),

reversals as (

    select
        *,
        row_number() over (partition by batch_no order by seq, ordinal) as position
    from ledger.reversals
    where restored is not null  -- else an imported pointer counts now: the contact did not come back  -- rule: came-back

),

merged as (

    select
        merges.batch_no,
        merges.position,
        batches.event || '.merged' as event,
        merges.request_id,
        merges.retired_key,
        merges.merged_at as happened_at,
        merges.workspace_id,
        {# one long text at once, which || would copy at each step #}
        concat(
            '"data":{"primary_id":', to_json(merges.primary_id),
            ',"merged_id":', to_json(merges.retired_id),
            ',"request_id":', to_json(merges.request_id),
            ',"fields_populated":', to_json(merges.fields_populated),
            ',"counts":', {{ counts_of("merges") }},
            ',"primary":', responses."primary", '}'
        ) as data
    from merges
    inner join ledger.responses as responses on responses.seq = merges.seq
    left join ledger.batches as batches on batches.batch_no = merges.batch_no

),

unmerged as (

    select
        reversals.batch_no,
        reversals.position,
        batches.event || '.unmerged' as event,
        reversals.request_id,
        reversals.retired_key,
        reversals.reversed_at as happened_at,
        reversals.workspace_id,
        concat(
            '"data":{"primary_id":', to_json(reversals.primary_id),
            ',"restored_id":', to_json(reversals.restored_id),
            ',"request_id":', to_json(reversals.request_id),
            ',"primary":', coalesce(reversals."primary", 'null'),
            ',"restored":', reversals.restored, '}'
        ) as data
    from reversals
    left join ledger.batches as batches on batches.batch_no = reversals.batch_no

),

events as (

    select * from merged
    union all
    select * from unmerged

),

identified as (

    select
        *,
        md5(event || ':' || request_id || ':' || cast(retired_key as varchar)) as digest
    from events

)

select
    batch_no,
    position,
    cast(substr(digest, 1, 12) || '8' || substr(digest, 14, 3) || '8' || substr(digest, 18) as uuid) as id,
    event,
    request_id,
    concat(
        '{"id":"', cast(id as varchar), '","event":"', event,
        '","timestamp":"', {{ iso("happened_at") }},
        '","workspace_id":', coalesce(cast(to_json(workspace_id) as varchar), 'null'),
        ',', data, '}'
    ) as line
from identified;

comment on view merged.events is 'One row per event: a contact retired by a merge, or brought back by an undo.';
comment on column merged.events.batch_no is 'The batch that it happened in.';
comment on column merged.events.position is 'Position of the event in its batch, from 1.';
comment on column merged.events.id is 'Id of the event, the same whenever the same inputs are replayed.';
comment on column merged.events.event is 
    'contact.merged or contact.unmerged, or these with the word that the setting event gave when it happened.';
comment on column merged.events.request_id is 'The request that merged the contact, or whose merge was undone.';
comment on column merged.events.line is 'The event as JSON, as it is in the file.';
