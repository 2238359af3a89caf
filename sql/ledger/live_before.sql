-- grain: one row per contact that is live before this batch
-- reads: fold.redirects, {keys}
-- kind: temp table live_before
{% if keys %}
select contacts._cm_key as contact_key
from {{ keys }} as contacts
anti join fold.redirects as redirects on redirects.retired_key = contacts._cm_key
{% else %}
select cast(null as {{ key_type }}) as contact_key
where false
{% endif %}
