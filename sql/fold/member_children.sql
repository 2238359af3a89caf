-- One row per member: how many rows of each kind of child name it, and its index in the lines of list memberships.
create or replace temp table member_children as
with

{% for kind in children %}
{{ kind }}_counts as (

    select
        {{ kind }}._cm_contact_key as contact_key,
        count(*) as rows_named
    from raw.{{ kind }} as {{ kind }}
    semi join members on members.contact_key = {{ kind }}._cm_contact_key
    group by {{ kind }}._cm_contact_key

),

{% endfor %}
numbered as (

    select
        member_line.n,
        member_line.contact_key,
        member_line.root,
        member_line.membership_position,
        row_number() over (order by member_line.root, member_line.membership_position) - 1 as g
    from member_line

)

select
    numbered.*,
    {% for kind in children %}
    cast(sum(coalesce({{ kind }}_counts.rows_named, 0)) over running as bigint) as {{ kind }},
    {% endfor %}
from numbered
{% for kind in children %}
left join {{ kind }}_counts on {{ kind }}_counts.contact_key = numbered.contact_key
{% endfor %}
window running as (order by numbered.g)
