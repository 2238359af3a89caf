-- One row per live contact and field that the merges or the undo of this batch change.
-- It has the value before and after, as text, the contact that the new one comes from, and the request that brought it.
-- grain: one row per live contact and field that the merges or the undo of this batch change
-- reads: before_merge, json_changes, merged.field_provenance, {merged_entity}
-- kind: temp table changes
with

before as (

    select * from before_merge

),

after as (

    select
        before_merge._cm_key,
        merged_contacts.*
    from before_merge
    inner join {{ merged_entity }} as merged_contacts
        on merged_contacts.{{ entity.id | ident }} = before_merge.{{ entity.id | ident }}

),

compared as (

    select
        {{ id_of("after") }} as contact_id,
        unnest([
            {% for field in typed %}
            case
                when {{ field.of("before") }} is distinct from {{ field.of("after") }}
                then struct_pack(
                    field := {{ field.label | literal }},
                    position := {{ field.i }},
                    before := cast({{ field.of("before") }} as varchar),
                    after := cast({{ field.of("after") }} as varchar)
                )
            end{{ "," if not loop.last }}
            {% else %}
            cast(null as struct(field varchar, position integer, before varchar, after varchar))
            {% endfor %}
        ]) as change
    from before
    inner join after on after._cm_key = before._cm_key

),

changed as (

    select
        contact_id,
        change.field,
        change.position,
        change.before,
        change.after
    from compared
    where change is not null

    union all

    select
        contact_id,
        field,
        position,
        before,
        after
    from json_changes

)

select
    changed.contact_id,
    changed.field,
    changed.before,
    changed.after,
    coalesce(provenance.source_contact_id, changed.contact_id) as source_contact_id,
    provenance.request_id
from changed
left join merged.field_provenance as provenance
    on provenance.contact_id = changed.contact_id and provenance.field = changed.field
order by changed.contact_id, changed.position
