-- One row per accepted request of this batch: all fields after it, as after_values_of_group has them.
-- grain: one row per accepted request of this batch
-- reads: after_values_{group}, stretches
-- kind: temp view after_values
select *
{% for group in groups %}
{{ "from" if loop.first else "inner join" }} after_values_{{ group }}{{ "" if loop.first else " using (seq)" }}
{% else %}
from (select distinct seq from stretches)
{% endfor %}
