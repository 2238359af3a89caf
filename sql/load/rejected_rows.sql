-- The rows of a table just loaded that have no usable key or one that an earlier row has: into raw.rejects, and out.
create or replace temp table rejected_rows as
with first_row as (
    select min(rowid) as id from {{ target }}
),

keyed as (
    select
        loaded.rowid as row_id,
        {% for key in keys %}
        {{ key }} as key_{{ loop.index }},
        {% endfor %}
        case
            {% if table == "contacts" %}
            when _cm_key is null then 'id is no UUID'
            {% elif table == "list_memberships" %}
            when list_id is null or not regexp_matches(cast(list_id as varchar), '[^{{ white_space[1:-1] }}]')
                then 'list_id is missing'
            when _cm_contact_key is null then 'contact_id is no UUID'
            {% else %}
            when {{ keys[0] }} is null then 'id is no UUID'
            when _cm_contact_key is null then 'contact_id is no UUID'
            {% endif %}
        end as reason
    from {{ target }} as loaded
),

repeated as (
    select {% for key in keys %}key_{{ loop.index }}{{ ", " if not loop.last }}{% endfor %}

    from keyed
    where reason is null
    group by all
    having count(*) > 1
),

numbered as (
    select
        row_id,
        row_number() over (
            partition by {% for key in keys %}key_{{ loop.index }}{{ ", " if not loop.last }}{% endfor %}

            order by row_id
        ) as occurrence
    from keyed
    semi join repeated using ({% for key in keys %}key_{{ loop.index }}{{ ", " if not loop.last }}{% endfor %})
    where reason is null
),

rejected as (
    select row_id, reason from keyed where reason is not null
    union all
    select row_id, {% if table == "list_memberships" %}'an earlier row has the same list_id and contact_id'
    {%- else %}'an earlier row has the same id'{% endif %} as reason
    from numbered
    where occurrence > 1
)

select row_id, row_id - first_row.id as ordinal, reason
from rejected, first_row;

insert into raw.rejects
select
    $table_name as table_name,
    row_places.file,
    row_places.first_row + rejected_rows.ordinal - row_places.first_ordinal as row_number,
    rejected_rows.reason,
    to_json(struct_pack({% for name in columns %}{{ name | ident }} := loaded.{{ name | ident }}{{ ", " if not loop.last }}{% endfor %})) as raw
from rejected_rows
asof join row_places on rejected_rows.ordinal >= row_places.first_ordinal
join {{ target }} as loaded on loaded.rowid = rejected_rows.row_id
order by rejected_rows.ordinal;

delete from {{ target }} where rowid in (select row_id from rejected_rows);
