-- Keeps the raw rows of the contacts in the temp table `to_keep` (contact_key), where the ledger's newest row is another.
insert into ledger.seen (_cm_key, _cm_batch{% for column in columns %}, {{ column.name | ident }}{% endfor %})
with

newest as (

    select
        seen.*,
        row_number() over (partition by seen._cm_key order by seen._cm_batch desc) as _cm_newest
    from ledger.seen as seen
    semi join to_keep on to_keep.contact_key = seen._cm_key

)

select
    contacts._cm_key,
    $batch_no
    {%- for column in columns %},
    contacts.{{ column.name | ident }}
    {%- endfor %}

from member_rows as contacts
semi join to_keep on to_keep.contact_key = contacts._cm_key
left join newest on newest._cm_key = contacts._cm_key and newest._cm_newest = 1
where newest._cm_key is null
    {% for column in columns %}
    or newest.{{ column.name | ident }} is distinct from contacts.{{ column.name | ident }}
    {% endfor %}
