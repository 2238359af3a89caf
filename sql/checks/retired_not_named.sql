-- No merged row, contact or child, names a retired contact whose pointers end in a contact.
-- grain: one row per table and retired contact that is named
-- reads: fold.redirects, fold.survivors, merged.{child.name}, merged.{child}, raw._cm_entity, raw.{child}, {merged_entity}
-- kind: check
with

retired as (

    select
        retired_key,
        retired_id
    from fold.redirects
    where is_contact

),

{# Every spelling under which a merged row could still name a retired contact. #}
id_spellings as (

    select retired_id, retired_id as spelling from retired
    {% for child, cells, _ in child_references %}
    union
    {% if cells.several %}
    select retired.retired_id, children.part
    from (
        select
            unnest({{ cells.key_column }}) as contact_key,
            unnest({{ cells.texts(cells.column | ident) }}) as part
        from raw.{{ child | ident }}
        where {{ cells.key_column }} is not null
    ) as children
    inner join retired on retired.retired_key = children.contact_key
    {% else %}
    select retired.retired_id, cast(children.{{ cells.column | ident }} as varchar)
    from raw.{{ child | ident }} as children
    inner join retired on retired.retired_key = children.{{ cells.key_column }}
    {% endif %}
    {% endfor %}
    {% for column in references %}
    union
    select retired.retired_id, cast(contacts.{{ column.name | ident }} as varchar)
    from raw._cm_entity as contacts
    inner join retired on retired.retired_key = contacts.{{ column.named_key | ident }}
    union
    select retired.retired_id, cast(survivors.{{ column.name | ident }} as varchar)
    from fold.survivors as survivors
    inner join retired on retired.retired_key = survivors.{{ column.named_key | ident }}
    {% endfor %}

),

named as (

    select {{ entity.table | literal }} as "table", {{ id_of("merged_contacts") }} as spelling
    from {{ merged_entity }} as merged_contacts
    {% for column in references %}
    union all
    select {{ entity.table | literal }}, cast({{ column.name | ident }} as varchar) from {{ merged_entity }}
    {% endfor %}
    {% for child, cells, names_somebody in child_references %}
    union all
    {% if cells.several %}
    select {{ child | literal }}, unnest({{ cells.texts(cells.column | ident) }}) from merged.{{ child | ident }}
    {% else %}
    select {{ child | literal }}, cast({{ cells.column | ident }} as varchar) from merged.{{ child | ident }}
    {% endif %}
    {% if names_somebody %}
    where {{ names_somebody }}
    {% endif %}
    {% endfor %}

)

select
    named."table",
    id_spellings.retired_id as contact_id,
    count(*) as merged_rows
from named
inner join id_spellings on id_spellings.spelling = named.spelling
group by named."table", id_spellings.retired_id;

select
    (select count(*) from {{ merged_entity }})
    {% for child in children %}
    + (select count(*) from merged.{{ child.name | ident }})
    {% endfor %}
    as rows_checked
