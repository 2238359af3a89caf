-- One row per batch and table of the ledger to which it added rows: their number, and a digest over them whatever their order.
-- A column that is null does not count, so that one added later changes no digest of before.
-- grain: one row per batch and table of the ledger to which it added rows
-- reads: ledger.{table}
-- kind: temp table row_digests
with

{% for table, texts in tables.items() %}
{{ table }}_texts as (

    select
        {{ batch_columns[table] }} as batch_no,
        {% for name, text in texts %}
        {{ text }} as text_{{ loop.index }}{{ "," if not loop.last }}
        {% endfor %}
    from ledger.{{ table }}
    where {{ batch_columns[table] }} in (select unnest(cast($batches as bigint[])))

),

{{ table }}_digested as (

    select
        batch_no,
        md5_number(concat(
            {% for name, text in texts %}
            {{ (name ~ "=") | literal }} || length(text_{{ loop.index }}) || ':'
                || text_{{ loop.index }}{{ "," if not loop.last }}
            {% endfor %}
        )) as row_number
    from {{ table }}_texts

){{ "," if not loop.last }}

{% endfor %}
{% for table in tables %}
select
    batch_no,
    {{ table | literal }} as table_name,
    count(*) as row_count,
    -- a sum does not ask for an order; in two halves, for it must not run over
    sha256(sum(cast(row_number >> 64 as ubigint)) || ' ' || sum(cast(row_number & 18446744073709551615 as ubigint))) as digest
from {{ table }}_digested
group by batch_no
{{ "union all" if not loop.last }}
{% endfor %}
