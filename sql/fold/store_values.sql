{% from "fold/_values.sql" import first_value_by, later %}
-- Replaces what fold.overrides and fold.survivors say of the members.
delete from fold.overrides where _cm_key in (select contact_key from members);

insert into fold.overrides (_cm_key{% for column in typed_columns %}, {{ column.name | ident }}{% endfor %})
select contact_key{% for column in typed_columns %}, {{ column.pack("f") }}{% endfor %}

from place_values
where amended;

delete from fold.survivors where _cm_key in (select contact_key from members);

insert into fold.survivors (
    _cm_key, _cm_batch, _cm_changed
    {%- for column in field_columns %}, {{ column.name | ident }}{% endfor %}
    {%- for column in updated %}, {{ column.name | ident }}{% endfor %}
)
with

owners as (

    select
        member_line.n,
        member_line.contact_key,
        max(member_merges.batch_no) as last_batch
    from member_line
    inner join member_merges on member_merges.p = member_line.n
    anti join member_merges as merged_away on merged_away.d = member_line.n
    group by member_line.n, member_line.contact_key

),

folded as (

    select
        owners.n,
        {% for field in typed %}
        {{ first_value_by("place_values.f" ~ field.i, field.type, "place_values.position") }} as f{{ field.i }},
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
    {{ column.rebuild("folded.f", "contacts", "json_survivors") }},
    {% endfor %}
    {% for column in updated %}
    {{ later("contacts." ~ (column.name | ident), column.type, "batches.as_of") }},
    {% endfor %}
from owners
inner join folded on folded.n = owners.n
inner join ledger.batches as batches on batches.batch_no = owners.last_batch
left join member_rows as contacts on contacts._cm_key = owners.contact_key
left join changed_owners as changed on changed.n = owners.n
left join json_survivors on json_survivors.n = owners.n
