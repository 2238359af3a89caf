{% from "fold/_values.sql" import later %}
-- One row per contact of the component into which an active merge went and that none retired: its fields as they are now.
-- grain: one row per contact of the component into which an active merge went and that none retired
-- reads: changed_owners, component, component_line, component_merges, component_rows, json_survivors, ledger.batches,
--   survivor_values_{group}
-- kind: replace fold.survivors where _cm_key in (select contact_key from component)
with

owners as (

    select
        component_line.n,
        component_line.contact_key,
        max(component_merges.batch_no) as last_batch
    from component_line
    inner join component_merges on component_merges.p = component_line.n
    anti join component_merges as merged_away on merged_away.d = component_line.n
    group by component_line.n, component_line.contact_key

),

folded as (

    select *
    {% for group in groups %}
    {{ "from" if loop.first else "inner join" }} survivor_values_{{ group }}{{ "" if loop.first else " using (n)" }}
    {% else %}
    from owners
    {% endfor %}

)

select
    owners.contact_key as _cm_key,
    owners.last_batch as _cm_batch,
    changed.n is not null or contacts._cm_key is null as _cm_changed,
    {% for column in field_columns %}
    {{ column.rebuild("folded.value_", "contacts", "json_survivors") }} as {{ column.name | ident }},
    {% endfor %}
    {% for column in updated %}
    {{ later("contacts." ~ (column.name | ident), column.type, "batches.as_of") }}  -- rule: time-of-the-run
        as {{ column.name | ident }},
    {% endfor %}
from owners
inner join folded on folded.n = owners.n
inner join ledger.batches as batches on batches.batch_no = owners.last_batch
left join component_rows as contacts on contacts._cm_key = owners.contact_key
left join changed_owners as changed on changed.n = owners.n
left join json_survivors on json_survivors.n = owners.n
