-- One row per row of a table just loaded that has no usable key, or one that an earlier usable row has, and per row of
-- noted_rows, which stays. Where the newest row of a key counts the others have no reason: they are passed over.
-- grain: one row per row of a table just loaded that has no usable key, or one that an earlier usable row has, and per row of
--   noted_rows
-- reads: noted_rows, {target}
-- kind: temp table rejected_rows
with

keyed as (

    select
        {{ row_id }} as row_id,
        {% for value in keys.unique %}
        {{ value }} as key_{{ loop.index }},
        {% endfor %}
        {% if newest_by %}
        newest_key(said({{ newest_by | ident }}), {{ has_times }}) as newest,
        {% endif %}
        {% if keys.said or keys.ids or keys.no_ids %}
        case
            {% for value, name in keys.said.items() %}
            when said({{ value }}) is null then {{ (name ~ " is missing") | literal }}
            {% endfor %}
            {% for name, value in keys.ids.items() %}
            when {{ value }} is null then {{ (name ~ " is " ~ keys.fault_of(name)) | literal }}
            {% endfor %}
            {% for name, condition in keys.no_ids.items() %}
            when {{ condition }} then {{ (name ~ " is " ~ keys.fault_of(name)) | literal }}
            {% endfor %}
        end as reason
        {% else %}
        cast(null as varchar) as reason
        {% endif %}
    from {{ target }}

),

{% if keys.unique %}
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

            order by {{ "keyed.newest desc, " if newest_by }}keyed.row_id  -- rule: first-row-stays
        ) as occurrence
    from keyed
    inner join repeated using ({% for _ in keys.unique %}key_{{ loop.index }}{{ ", " if not loop.last }}{% endfor %})
    where keyed.reason is null

),

{% endif %}
unusable as (

    select row_id, reason
    from keyed
    where reason is not null
    {% if keys.unique %}
    union all
    {% if newest_by %}
    select row_id, null as reason  -- passed over, which is no fault of the row
    {% else %}
    select row_id, {{ ("an earlier row has the same " ~ keys.in_common) | literal }} as reason
    {% endif %}
    from numbered
    where occurrence > 1
    {% endif %}

)

select row_id, row_id - $first as ordinal, reason, false as stays
from unusable
union all
select row_id, row_id - $first as ordinal, reason, true as stays
from noted_rows
where row_id not in (select row_id from unusable)
