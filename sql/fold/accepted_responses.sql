{% from "fold/_values.sql" import later %}
-- One row per accepted request of this batch: the primary after it as JSON, and the fields it populated, in column order.
create or replace temp table accepted_responses as
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
    left join member_merges on member_merges.seq = primaries.last_seq
    left join ledger.batches as batches on batches.batch_no = member_merges.batch_no
    group by primaries.seq, primaries.contact_key, primaries.merges

),

after_rows as (

    select
        merge_times.seq,
        {% for column in columns %}
        {% if column.name in updated_names %}
        case
            when merge_times.merged_at is null then contacts.{{ column.name | ident }}
            else {{ later("contacts." ~ (column.name | ident), column.type, "merge_times.merged_at") }}
        end as c{{ column.i }},
        {% else %}
        {{ column.rebuilt("after_values.a", "contacts", "json_after") }} as c{{ column.i }},
        {% endif %}
        {% endfor %}
        {% for field in fields if field.json %}
        coalesce(json_after.o{{ field.i }}, false) as o{{ field.i }},
        {% endfor %}
        list_concat(
            {% for field in fields %}
            {% if field.json %}
            coalesce(json_after.k{{ field.i }}, cast([] as varchar[])),
            {% else %}
            case
                when after_values.w{{ field.i }} > 0 and after_values.a{{ field.i }} is distinct from after_values.b{{ field.i }}
                then [{{ field.label | literal }}]
                else cast([] as varchar[])
            end,
            {% endif %}
            {% endfor %}
            cast([] as varchar[])
        ) as fields_populated
    from merge_times
    inner join member_rows as contacts on contacts._cm_key = merge_times.contact_key
    inner join after_values on after_values.seq = merge_times.seq
    left join json_after on json_after.seq = merge_times.seq

)

select
    seq,
    fields_populated,
    {{ primary_json }} as "primary"
from after_rows
