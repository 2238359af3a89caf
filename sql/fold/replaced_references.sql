{% from "merged/_survivor.sql" import survivor_id %}
-- One row per live contact of which a reference leaves otherwise than its row has it: all its references, as they leave.
-- Each names the survivor, as contacts spell it; one that would name its own row is null. What names no contact stays.
-- grain: one row per live contact of which a reference leaves otherwise than its row has it
-- reads: fold.child_targets, fold.redirects, fold.survivors, raw._cm_entity
-- kind: view fold.replaced_references
with

held as (

    select
        contacts._cm_key as contact_key,
        {% for column in references %}
        case when survivors._cm_key is null then contacts.{{ column.name | ident }} else survivors.{{ column.name | ident }} end
            as value_{{ loop.index }},
        case
            when survivors._cm_key is null then contacts.{{ column.named_key | ident }}
            else survivors.{{ column.named_key | ident }}
        end as named_{{ loop.index }}{{ "," if not loop.last }}
        {% endfor %}
    from raw._cm_entity as contacts
    left join fold.survivors as survivors on survivors._cm_key = contacts._cm_key
    anti join fold.redirects as redirects on redirects.retired_key = contacts._cm_key

),

{# A folded reference may be of a row that no export holds any more, and spelled as nothing in the raw tables is. #}
folded as (

    {% for column in references %}
    select {{ column.named_key | ident }} as contact_key from fold.survivors
    {{ "union" if not loop.last }}
    {% endfor %}

),

targets as (

    select
        contact_key,
        survivor_key,
        survivor_id
    from fold.child_targets

    union all

    select
        contacts._cm_key,
        contacts._cm_key,
        contacts._cm_id
    from raw._cm_entity as contacts
    semi join folded on folded.contact_key = contacts._cm_key
    anti join fold.redirects as redirects on redirects.retired_key = contacts._cm_key
    anti join fold.child_targets as child_targets on child_targets.contact_key = contacts._cm_key

),

led as (

    select
        held.*,
        {% for column in references %}
        case
            when coalesce(target_{{ loop.index }}.survivor_key, held.named_{{ loop.index }}) = held.contact_key
                then null  -- rule: own-row
            when target_{{ loop.index }}.survivor_key is null then held.value_{{ loop.index }}
            else {{ survivor_id("target_" ~ loop.index, column.type) }}
        end as led_{{ loop.index }}{{ "," if not loop.last }}
        {% endfor %}
    from held
    {% for _ in references %}
    left join targets as target_{{ loop.index }} on target_{{ loop.index }}.contact_key = held.named_{{ loop.index }}
    {% endfor %}

)

select
    contact_key,
    {% for _ in references %}
    led_{{ loop.index }} as reference_{{ loop.index }}{{ "," if not loop.last }}
    {% endfor %}
from led
where false
    {% for _ in references %}
    or value_{{ loop.index }} is distinct from led_{{ loop.index }}  -- rule: references-to-survivor
    {% endfor %};

comment on view fold.replaced_references is
    'One row per live contact of which a reference leaves otherwise than its row has it: all its references, as they leave.';
comment on column fold.replaced_references.contact_key is 'The contact.';
{% for column in references %}
comment on column fold.replaced_references.reference_{{ loop.index }} is
    {{ ("Its " ~ column.name ~ ", as it leaves.") | literal }};
{% endfor %}
