-- One row per value of a table just loaded that counts as empty because it cannot be used; its row stays.
-- Those of JSON fields are added by noted_objects.sql.
--   suspect: a text that DuckDB takes for a JSON object and RFC 8259 may not; to be parsed strictly
-- grain: one row per value of a table just loaded that counts as empty because it cannot be used
-- reads: {target}
-- kind: temp table noted_rows
select
    {{ row_id }} as row_id,
    {% if pointer %}
    {{ (pointer ~ " is " ~ fault ~ "; the row counts as one without it") | literal }} as reason,
    {% else %}
    cast(null as varchar) as reason,
    {% endif %}
    cast(null as varchar) as suspect
from {{ target }}
{% if pointer %}
where _cm_into is null and said({{ pointer | ident }}) is not null  -- rule: bad-pointer
{% else %}
where false
{% endif %}
{% for condition, reason in notes %}

union all

select
    {{ row_id }} as row_id,
    {{ reason | literal }} as reason,
    cast(null as varchar) as suspect
from {{ target }}
where {{ condition }}
{% endfor %}
