{% from "merged/_survivor.sql" import survivor_id %}
{% from "fold/_values.sql" import stripped %}
{# The ids of a text without white space around them; those of a list as they stand. #}
{% macro parts(cell) -%}
{%- if cells.is_list -%}
{{ cells.parts(cell) }}
{%- else -%}
list_transform({{ cells.parts(cell) }}, lambda _cm_part: {{ stripped("_cm_part") }})
{%- endif -%}
{%- endmacro %}
-- One row per cell of several ids that leaves otherwise than it came: what stands there then. Each id is replaced by its
-- survivor's, of those that lead to one contact the first stays, and what leads to none stays.
-- A cell in which nothing changes is not here.
-- grain: one row per cell of several ids that does not leave as it came
-- reads: fold.child_targets, fold.redirects, raw._cm_entity, {rows}
-- kind: query
with

changing as (

    select
        cell,
        contact_keys
    from (
        select
            {{ cells.column | ident }} as cell,
            {{ cells.key_column }} as contact_keys,
            unnest({{ cells.key_column }}) as contact_key
        from {{ rows }}
    ) as named
    semi join fold.child_targets as child_targets on child_targets.contact_key = named.contact_key

    union

    select
        {{ cells.column | ident }} as cell,
        {{ cells.key_column }} as contact_keys
    from {{ rows }}
    where list_count({{ cells.key_column }}) > list_unique({{ cells.key_column }})

),

parts as (

    select
        cell,
        unnest({{ parts("cell") }}) as part,
        unnest(contact_keys) as contact_key,
        generate_subscripts(contact_keys, 1) as place
    from changing

),

known as (

    select contacts._cm_key as contact_key
    from raw._cm_entity as contacts
    semi join parts on parts.contact_key = contacts._cm_key

    union

    {# deleted, but others end there #}
    select redirects.survivor_key as contact_key
    from fold.redirects as redirects
    semi join parts on parts.contact_key = redirects.survivor_key
    where redirects.is_contact

),

led as (

    select
        parts.cell,
        parts.place,
        coalesce({{ survivor_id("child_targets", cells.part_type) }}, parts.part) as part,  -- rule: each-id-of-a-cell
        coalesce(child_targets.survivor_key, parts.contact_key) as target_key,
        child_targets.contact_key is not null or known.contact_key is not null as is_known
    from parts
    left join fold.child_targets as child_targets on child_targets.contact_key = parts.contact_key
    left join known on known.contact_key = parts.contact_key

),

numbered as (

    select
        cell,
        place,
        part,
        is_known,
        row_number() over (partition by cell, target_key order by place) as occurrence
    from led

)

select
    cell,
    {% if cells.is_list %}
    cast(list(part order by place) as {{ cells.type }}) as new_cell
    {% else %}
    cast(string_agg(part, {{ cells.separator | literal }} order by place) as {{ cells.type }}) as new_cell
    {% endif %}
from numbered
where occurrence = 1 or not is_known  -- rule: first-of-a-cell
group by cell
having list(part order by place) is distinct from {{ parts("cell") }}  -- rule: cell-as-it-is
