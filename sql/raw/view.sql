-- One row per row of {{ table }} as it was loaded. Of contacts also one per contact that an undo brought back and that was not
-- loaded: its row of the version that it names, from batch {{ since }} on.
-- grain: one row per row of {{ table }}
-- reads: ledger.contact_versions, ledger.deletions, ledger.restored, {source}
-- kind: view {{ view }}
{% if id %}
select
    loaded.*,
    {{ id }} as _cm_id
from (
{% endif %}
select {{ items }}
from {{ source }}
{% if restored_items %}
union all
select {{ restored_items }}
from ledger.restored as restored
inner join ledger.contact_versions as versions
    on versions._cm_key = restored.contact_key and versions._cm_batch = restored.version_batch
anti join {{ source }} as loaded on loaded._cm_key = restored.contact_key  -- rule: loaded-row-counts
{# one of an upsert, for a full export ends them all #}
anti join ledger.deletions as deletions  -- rule: restored-until-flagged
    on deletions.contact_key = restored.contact_key and deletions.batch_no > restored.batch_no
where restored.batch_no >= {{ since }}
{% endif %}
{% if id %}
) as loaded
{% endif %}
