{% from "fold/_values.sql" import value %}
-- One row per candidate of an edit with a raw value that differs from what the last merge found there: its row of place_values
-- `n`, and the stretch of places that an edit would replace. Of each field it has the raw value then, null where empty, its key,
-- and whether it `differs_<i>`.
--   turn: edits of a line are applied one moment after the other; of one moment they do not overlap
-- grain: one row per candidate of an edit with a raw value that differs
-- reads: component, component_rows, edit_candidates, ledger.contact_versions
-- kind: temp table edit_values
with

candidates as (

    select
        edit_candidates.*,
        owners.contact_key as owner_key,
        row_number() over () as number,
        dense_rank() over (partition by edit_candidates.owner order by edit_candidates.batch_no nulls last) as turn
    from edit_candidates
    inner join component as owners on owners.n = edit_candidates.owner

),

new_rows as (

    select
        candidates.number as _cm_number,
        {% for column in columns %}
        versions.{{ column.name | ident }}{{ "," if not loop.last }}
        {% endfor %}
    from candidates
    inner join ledger.contact_versions as versions
        on versions._cm_key = candidates.contact_key and versions._cm_batch = candidates.version
    where candidates.batch_no is not null

    union all

    select
        candidates.number as _cm_number,
        {% for column in columns %}
        contacts.{{ column.name | ident }}{{ "," if not loop.last }}
        {% endfor %}
    from candidates
    inner join component_rows as contacts on contacts._cm_key = candidates.contact_key
    where candidates.batch_no is null

),

compared as (

    select
        candidates.number,
        candidates.contact_key,
        candidates.owner_key,
        candidates.owner,
        candidates.turn,
        candidates.n as place,
        candidates.first_position,
        candidates.last_position,
        {% for field in typed %}
        {{ value(field.of("new_rows"), field.kind) }} as value_{{ field.i }},
        {% if field.i in keys %}
        {{ key(field, "new_rows") }} as key_{{ field.i }},
        {% endif %}
        {{ value(field.of("new_rows"), field.kind) }}
            is distinct from {{ value(field.of("old_row"), field.kind) }} as differs_{{ field.i }},
        {% endfor %}
    from candidates
    inner join new_rows on new_rows._cm_number = candidates.number
    inner join ledger.contact_versions as old_row
        on old_row._cm_key = candidates.contact_key and old_row._cm_batch = candidates.last_version

)

select
    *,
    (select count(*) from component) - 1 + row_number() over () as n
from compared
where false
    {% for field in typed %}
    or differs_{{ field.i }}  -- rule: later-edits-win
    {% endfor %}
