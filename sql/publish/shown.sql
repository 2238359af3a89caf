-- One row per live contact of the temp table `to_show` (contact_key): the contact as JSON, as responses and events show it.
-- grain: one row per live contact of the temp table `to_show`
-- reads: fold.survivors, json_objects, raw._cm_entity, to_show, {merged_entity}
-- kind: temp table shown
with

live as (

    select
        contacts._cm_key as contact_key,
        {% for column in columns %}
        {% if column in references %}
        case when survivors._cm_key is null then contacts.{{ column.name | ident }} else survivors.{{ column.name | ident }} end
            as column_{{ column.i }},  -- rule: references-as-held
        {% else %}
        merged_contacts.{{ column.name | ident }} as column_{{ column.i }},
        {% endif %}
        {% endfor %}
        {% for field in fields if field.json %}
        coalesce(json_objects.is_object_{{ field.i }}, false) as is_object_{{ field.i }},
        {% endfor %}
    from raw._cm_entity as contacts
    semi join to_show on to_show.contact_key = contacts._cm_key
    inner join {{ merged_entity }} as merged_contacts
        on merged_contacts.{{ entity.id | ident }} = contacts.{{ entity.id | ident }}
    left join json_objects on json_objects.contact_key = contacts._cm_key
    {% if references %}
    left join fold.survivors as survivors on survivors._cm_key = contacts._cm_key
    {% endif %}

)

select
    contact_key,
    '{' || {{ pairs }} || '}' as contact
from live
