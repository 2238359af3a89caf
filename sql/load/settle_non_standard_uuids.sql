-- The values of ids that only Python reads (non_standard_uuids), where the helper columns lack them.
{% for helper, text in keys.helper_texts.items() %}
update {{ target }}
set {{ helper }} = non_standard_uuids.value
from non_standard_uuids
where {{ helper }} is null and non_standard_uuids.spelled = {{ text }};
{% endfor %}
