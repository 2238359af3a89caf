{% from "fold/_values.sql" import first_value_by, later %}
-- Replaces the component's rows of fold.overrides and fold.survivors.
delete from fold.overrides where _cm_key in (select contact_key from component);

insert into fold.overrides (_cm_key{% for column in typed_columns %}, {{ column.name | ident }}{% endfor %})
select contact_key{% for column in typed_columns %}, {{ column.pack("value_") }}{% endfor %}

from place_values
where overridden;

delete from fold.survivors where _cm_key in (select contact_key from component);

insert into fold.survivors (
    _cm_key, _cm_batch, _cm_changed
    {%- for column in field_columns %}, {{ column.name | ident }}{% endfor %}
    {%- for column in updated %}, {{ column.name | ident }}{% endfor %}
)
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

    select
        owners.n,
        {% for field in typed %}
        {{ first_value_by("place_values.value_" ~ field.i, field.type, "place_values.position") }}  -- rule: first-value-fills
            as value_{{ field.i }},
        {% endfor %}
    from owners
    inner join place_values on place_values.owner = owners.n
    group by owners.n

)

select
    owners.contact_key,
    owners.last_batch,
    changed.n is not null or contacts._cm_key is null as is_changed,
    {% for column in field_columns %}
    {{ column.rebuild("folded.value_", "contacts", "json_survivors") }},
    {% endfor %}
    {% for column in updated %}
    {{ later("contacts." ~ (column.name | ident), column.type, "batches.as_of") }},  -- rule: time-of-the-run
    {% endfor %}
from owners
inner join folded on folded.n = owners.n
inner join ledger.batches as batches on batches.batch_no = owners.last_batch
left join component_rows as contacts on contacts._cm_key = owners.contact_key
left join changed_owners as changed on changed.n = owners.n
left join json_survivors on json_survivors.n = owners.n
