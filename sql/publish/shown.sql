-- One row per live contact of the temp table `to_show` (contact_key): the contact as JSON, as responses and events show it.
-- grain: one row per live contact of the temp table `to_show`
-- reads: json_objects, merged.contacts, raw.contacts, to_show
-- kind: temp table shown
with

live as (

    select
        contacts._cm_key as contact_key,
        {% for column in columns %}
        merged_contacts.{{ column.name | ident }} as column_{{ column.i }},
        {% endfor %}
        {% for field in fields if field.json %}
        coalesce(json_objects.is_object_{{ field.i }}, false) as is_object_{{ field.i }},
        {% endfor %}
    from raw.contacts as contacts
    semi join to_show on to_show.contact_key = contacts._cm_key
    inner join merged.contacts as merged_contacts on merged_contacts.id = contacts.id
    left join json_objects on json_objects.contact_key = contacts._cm_key

)

select
    contact_key,
    '{' || {{ pairs }} || '}' as contact
from live
