-- For provenance_agrees: one row per live contact that merges went into, as merged, with references as they were folded.
-- grain: one row per live contact that merges went into
-- reads: fold.line, fold.survivors, raw._cm_entity, {merged_entity}
-- kind: temp table checked_survivors
with

owners as (

    select distinct owner_key
    from fold.line
    where owner_key <> contact_key

)

select
    contacts._cm_key,
    merged_contacts.*
    {%- if references %} replace (
        {% for column in references %}
        survivors.{{ column.name | ident }} as {{ column.name | ident }}{{ "," if not loop.last }}
        {% endfor %}
    ){% endif %}

from {{ merged_entity }} as merged_contacts
inner join raw._cm_entity as contacts on contacts.{{ entity.id | ident }} = merged_contacts.{{ entity.id | ident }}
{% if references %}
inner join fold.survivors as survivors on survivors._cm_key = contacts._cm_key
{% endif %}
semi join owners on owners.owner_key = contacts._cm_key
