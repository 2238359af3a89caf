-- Keeps the last known rows of contacts that merges know and a newer export no longer holds (temp tables known_before, to_keep).
insert into ledger.seen (_cm_key, _cm_batch{% for name in names %}, {{ name | ident }}{% endfor %})
with

newest as (

    select
        seen.*,
        row_number() over (partition by seen._cm_key order by seen._cm_batch desc) as _cm_newest
    from ledger.seen as seen
    semi join to_keep on to_keep.contact_key = seen._cm_key

)

select
    known_before._cm_key,
    $batch_no
    {%- for name in names %},
    known_before.{{ name | ident }}
    {%- endfor %}

from known_before
semi join to_keep on to_keep.contact_key = known_before._cm_key
left join newest on newest._cm_key = known_before._cm_key and newest._cm_newest = 1
where newest._cm_key is null
    {% for name in names %}
    or newest.{{ name | ident }} is distinct from known_before.{{ name | ident }}
    {% endfor %}
