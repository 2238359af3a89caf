{% from "fold/_values.sql" import first_value_by, value %}
-- One row per candidate of one moment with an edited field: `edited_<i>` says whether field i was edited, `value_<i>` to what.
-- Edited is a field whose raw value differs from what the last merge found there and from what it made of it.
-- grain: one row per candidate of one moment with an edited field
-- reads: component_rows, edit_candidates, ledger.contact_versions, place_values
-- kind: temp table edits
with

candidates as (

    select * from edit_candidates
    where batch_no is not distinct from cast($batch_no as bigint)

),

{# Stretches of one moment do not overlap. So of those of a line only the nearest before a place can hold it. #}
made as (

    select
        candidates.n,
        {% for field in typed %}
        {{ first_value_by("place_values.value_" ~ field.i, field.type, "place_values.position") }} as value_{{ field.i }},
        {% endfor %}
    from place_values
    asof join candidates
        on candidates.owner = place_values.owner
        and candidates.first_position <= place_values.position
    where place_values.position <= candidates.last_position
    group by candidates.n

),

compared as (

    select
        candidates.n,
        candidates.owner,
        candidates.first_position,
        candidates.last_position,
        {% for field in typed %}
        {{ value(field.of("new_row"), field.kind) }} as value_{{ field.i }},
        {{ value(field.of("new_row"), field.kind) }}
            is distinct from {{ value(field.of("old_row"), field.kind) }}
        and {{ value(field.of("new_row"), field.kind) }} is distinct from made.value_{{ field.i }}  -- rule: took-over
            as edited_{{ field.i }},
        {% endfor %}
    from candidates
    inner join made on made.n = candidates.n
    inner join ledger.contact_versions as old_row
        on old_row._cm_key = candidates.contact_key and old_row._cm_batch = candidates.last_version
    {% if now %}
    inner join component_rows as new_row on new_row._cm_key = candidates.contact_key
    {% else %}
    inner join ledger.contact_versions as new_row
        on new_row._cm_key = candidates.contact_key and new_row._cm_batch = candidates.version
    {% endif %}

)

select * from compared
where false
    {% for field in typed %}
    or edited_{{ field.i }}  -- rule: later-edits-win
    {% endfor %}
