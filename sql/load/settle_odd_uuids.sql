-- The values of ids in spellings that only Python reads (odd_uuids), where the helper columns lack them.
{% for helper, text in keys.helper_texts.items() %}
update {{ target }}
set {{ helper }} = odd_uuids.value
from odd_uuids
where {{ helper }} is null and odd_uuids.spelled = {{ text }};
{% endfor %}
