-- Adds one row per key that can be read of a row that is rejected.
-- grain: one row per key that can be read of a row that is rejected
-- reads: rejected_rows, {target}
-- kind: insert into rejected_keys
select {{ keys.across_loads | join(", ") }}
from {{ target }}
where {{ row_id }} in (
    select row_id
    from rejected_rows
    where not stays and reason <> {{ ("an earlier row has the same " ~ keys.in_common) | literal }}
)
    {% for value in keys.unique %}
    and {{ value }} is not null
    {% endfor %}
    {% for value in keys.said %}
    and said({{ value }}) is not null
    {% endfor %}
