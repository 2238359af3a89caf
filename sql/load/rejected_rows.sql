-- One row per row of a table just loaded that has no usable key, or one that an earlier usable row has, and per row of
-- noted_rows, which stays. All go into raw.rejects; those that do not stay are deleted from the table, and those of their
-- keys that can be read go into rejected_keys.
create or replace temp table rejected_rows as
with

keyed as (

    select
        {{ row_id }} as row_id,
        {% for value in keys.unique %}
        {{ value }} as key_{{ loop.index }},
        {% endfor %}
        case
            {% if keys.missing_list %}
            when {{ keys.missing_list }} then 'list_id is missing'
            {% endif %}
            {% for name, value in keys.ids.items() %}
            when {{ value }} is null then '{{ name }} is no UUID'
            {% endfor %}
        end as reason
    from {{ target }}

),

repeated as (

    select {% for _ in keys.unique %}key_{{ loop.index }}{{ ", " if not loop.last }}{% endfor %}

    from keyed
    where reason is null
    group by all
    having count(*) > 1

),

numbered as (

    select
        keyed.row_id,
        row_number() over (
            partition by {% for _ in keys.unique %}keyed.key_{{ loop.index }}{{ ", " if not loop.last }}{% endfor %}

            order by keyed.row_id  -- rule: first-row-stays
        ) as occurrence
    from keyed
    inner join repeated using ({% for _ in keys.unique %}key_{{ loop.index }}{{ ", " if not loop.last }}{% endfor %})
    where keyed.reason is null

),

unusable as (

    select row_id, reason
    from keyed
    where reason is not null
    union all
    select row_id, 'an earlier row has the same {{ keys.in_common }}' as reason
    from numbered
    where occurrence > 1

)

select row_id, row_id - $first as ordinal, reason, false as stays
from unusable
union all
select row_id, row_id - $first as ordinal, reason, true as stays
from noted_rows
where row_id not in (select row_id from unusable);

insert into raw.rejects
select
    $table as table_name,
    row_positions.file,
    row_positions.first_row + rejected_rows.ordinal - row_positions.first_ordinal as row_number,
    rejected_rows.reason,
    {{ raw_row }} as raw
from rejected_rows
asof join row_positions on rejected_rows.ordinal >= row_positions.first_ordinal
inner join {{ target }} as loaded on loaded.{{ row_id }} = rejected_rows.row_id
order by rejected_rows.ordinal;

insert into rejected_keys
select {{ keys.across_loads | join(", ") }}
from {{ target }}
where {{ row_id }} in (
    select row_id from rejected_rows where not stays and reason <> 'an earlier row has the same {{ keys.in_common }}'
)
    {% for value in keys.unique %}
    and {{ value }} is not null
    {% endfor %}
    {% if keys.missing_list %}
    and not {{ keys.missing_list }}
    {% endif %}
;

delete from {{ target }}
where {{ row_id }} in (select row_id from rejected_rows where not stays);
