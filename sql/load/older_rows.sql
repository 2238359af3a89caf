-- Deletes the incoming rows that are older than the row of their key that was loaded before, or than the one that deleted their
-- contact: `newest_by` passes them over.
-- reads: raw._cm_flagged, {incoming}, {old}
-- kind: change {{ incoming }}
delete from {{ incoming }}
where {{ row_id }} in (
    select incoming.row_id
    from (
        select
            {{ row_id }} as row_id,
            newest_key(said({{ new_value }}), {{ has_times }}) as newest,
            {% for value in new_key %}
            {{ value }} as key_{{ loop.index }}{{ "," if not loop.last }}
            {% endfor %}
        from {{ incoming }}
    ) as incoming
    inner join (
        select
            newest_key(said({{ old_value }}), {{ has_times }}) as newest,
            {% for value in old_key %}
            {{ value }} as key_{{ loop.index }}{{ "," if not loop.last }}
            {% endfor %}
        from {{ old }}
        {% if is_entity %}

        union all

        select
            newest_key(newest, {{ has_times }}) as newest,
            contact_key as key_1
        from raw._cm_flagged
        where newest_by = {{ named | literal }}  -- rule: flagged-is-remembered
        {% endif %}
    ) as earlier using ({% for _ in old_key %}key_{{ loop.index }}{{ ", " if not loop.last }}{% endfor %})
    where earlier.newest > incoming.newest  -- rule: older-row-passed-over
)
