{# The digest of a batch: over the one before, what the batch is, and what it added to each table (`sealed`, one text a
   batch). It is written once, for the batch that is closed and for the check that follows the chain again. #}
{% macro sealed_tables(digests) -%}
string_agg(
    {{ digests }}.table_name || ' ' || {{ digests }}.row_count || ' ' || cast({{ digests }}.column_types as varchar)
        || ' ' || {{ digests }}.digest,
    chr(10) order by {{ digests }}.table_name
)
{%- endmacro %}
{% macro link(batch, previous_digest, sealed) -%}
sha256(concat_ws(
    chr(10),
    coalesce({{ previous_digest }}, ''),
    {{ batch }}.batch_no,
    {{ batch }}.batch_id,
    {{ batch }}.kind,
    epoch_us({{ batch }}.as_of),
    array_to_string({{ batch }}.allowed, ' '),  -- null, as of old batches, is left out
    {{ batch }}.settings,  -- so is this
    {{ sealed }}
))
{%- endmacro %}
