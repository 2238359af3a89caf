-- Adds one row per merge undone in this batch; `shown` holds live contacts as JSON.
-- grain: one row per merge undone in this batch
-- reads: chosen_reversals, fold.redirects, raw._cm_entity, shown
-- kind: insert into ledger.reversals
select
    cast($batch_no as bigint),
    chosen.ordinal,
    chosen.seq,
    chosen.request_id,
    chosen.retired_key,
    cast($as_of as timestamptz),
    chosen.workspace_id,
    coalesce(primaries._cm_id, chosen.primary_id),
    coalesce(restored._cm_id, chosen.retired_id),
    shown_primary.contact,
    shown_restored.contact
from chosen_reversals as chosen
left join raw._cm_entity as primaries on primaries._cm_key = chosen.primary_key
left join raw._cm_entity as restored on restored._cm_key = chosen.retired_key
left join fold.redirects as redirects on redirects.retired_key = chosen.primary_key
left join shown as shown_primary
    on shown_primary.contact_key = case when redirects.retired_key is null then chosen.primary_key else redirects.survivor_key end
left join shown as shown_restored on shown_restored.contact_key = chosen.retired_key
order by chosen.ordinal
