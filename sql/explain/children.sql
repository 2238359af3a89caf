-- One row per contact of $keys that children name: how many of each kind, and how many of its list memberships are dropped,
-- for an earlier contact of the same line is on that list.
-- grain: one row per contact of $keys that children name
-- reads: fold.line, fold.redirects, raw.list_memberships, raw.{kind}
-- kind: query
with

about as (

    select unnest(cast($keys as uuid[])) as contact_key

),

-- a membership is decided among all contacts that end in one survivor, in $keys or not
line as (

    select
        line.contact_key,
        line.membership_position
    from fold.line as line
    left join fold.redirects as redirects on redirects.retired_key = line.contact_key
    where line.root_key = cast($root as uuid) and (redirects.retired_key is null or redirects.is_contact)

),

dropped as (

    select
        memberships._cm_contact_key as contact_key,
        row_number() over (partition by memberships.list_id order by line.membership_position) > 1 as is_dropped
    from raw.list_memberships as memberships
    inner join line on line.contact_key = memberships._cm_contact_key

),

named as (

    {% for kind in kinds %}
    select
        _cm_contact_key as contact_key,
        {{ kind | literal }} as kind,
        count(*) as rows_named
    from raw.{{ kind }} as {{ kind }}
    semi join about on about.contact_key = {{ kind }}._cm_contact_key
    group by _cm_contact_key

    union all

    {% endfor %}
    select
        contact_key,
        'dropped' as kind,
        count(*) as rows_named
    from dropped
    where is_dropped
    group by contact_key

)

select
    about.contact_key,
    {% for kind in kinds %}
    coalesce(any_value(rows_named) filter (where kind = {{ kind | literal }}), 0) as {{ kind }},
    {% endfor %}
    coalesce(any_value(rows_named) filter (where kind = 'dropped'), 0) as dropped
from about
inner join named on named.contact_key = about.contact_key
group by about.contact_key
