-- One row per member: the values that its place holds, empty where no merge saw it (then those of the raw row now).
create or replace temp table place_values as
select
    member_line.n,
    member_line.owner,
    member_line.position,
    member_line.contact_key,
    false as amended,
    {% for field in fields %}
    case when member_line.base_batch is null then {{ field.of("contacts") }} else {{ field.of("seen") }} end as f{{ field.i }},
    {% endfor %}
from member_line
left join ledger.seen as seen
    on seen._cm_key = member_line.contact_key and seen._cm_batch = member_line.base_batch
left join raw.contacts as contacts on contacts._cm_key = member_line.contact_key
