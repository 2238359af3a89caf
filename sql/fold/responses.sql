{% from "fold/_values.sql" import later %}
{% set fields = some | map(attribute="fields") | sum(start=()) %}
{% set column_groups = fields | rejectattr("json") | map(attribute="group") | unique | list %}
-- One row per accepted request of this batch: some columns of the primary after it as JSON, and their fields that it populated.
-- Columns are taken in groups: one statement keeps a vector for each piece of a value.
-- grain: one row per accepted request of this batch
-- reads: after_values_{group}, component_merges, component_rows, json_after, ledger.batches, stretches
-- kind: temp table responses_{{ number }}
with

primaries as (

    select
        stretches.seq,
        stretches.contact_key,
        count(*) over (partition by stretches.seq) > 1 as merges,
        stretches.last_seq,
        stretches.ord
    from stretches
    qualify stretches.ord = 0

),

{# The time of the last merge into the primary: this batch, or where nothing was merged the batch of the one before. #}
merge_times as (

    select
        primaries.seq,
        primaries.contact_key,
        coalesce(
            case when primaries.merges then cast($as_of as timestamptz) end,
            any_value(batches.as_of)
        ) as merged_at
    from primaries
    left join component_merges on component_merges.seq = primaries.last_seq
    left join ledger.batches as batches on batches.batch_no = component_merges.batch_no
    group by primaries.seq, primaries.contact_key, primaries.merges

),

{% if column_groups %}
after_values as (

    select *
    {% for group in column_groups %}
    {{ "from" if loop.first else "inner join" }} after_values_{{ group }}{{ "" if loop.first else " using (seq)" }}
    {% endfor %}

),

{% endif %}
after_rows as (

    select
        merge_times.seq,
        {% for column in some %}
        {% if column.name in updated_names %}
        case
            when merge_times.merged_at is null then contacts.{{ column.name | ident }}
            else {{ later("contacts." ~ (column.name | ident), column.type, "merge_times.merged_at") }}
        end as column_{{ column.i }},
        {% else %}
        {{ column.rebuild("after_values.after_", "contacts", "json_after") }} as column_{{ column.i }},
        {% endif %}
        {% endfor %}
        {% for field in fields if field.json %}
        coalesce(json_after.is_object_{{ field.i }}, false) as is_object_{{ field.i }},
        {% endfor %}
        list_concat(
            {% for field in fields %}
            {% if field.json %}
            coalesce(json_after.keys_{{ field.i }}, cast([] as varchar[])),
            {% else %}
            case
                when after_values.giver_{{ field.i }} is not null then [{{ field.label | literal }}]
                else cast([] as varchar[])
            end,
            {% endif %}
            {% endfor %}
            cast([] as varchar[])
        ) as fields_populated
    from merge_times
    inner join component_rows as contacts on contacts._cm_key = merge_times.contact_key
    {% if column_groups %}
    inner join after_values on after_values.seq = merge_times.seq
    {% endif %}
    left join json_after on json_after.seq = merge_times.seq

)

select
    seq,
    fields_populated as populated_{{ number }},
    {{ json_pairs(some, "after_rows") }} as pairs_{{ number }}
from after_rows
