-- One row per contact of $keys that children name: how many of each kind, and how many of its list memberships are dropped,
-- for an earlier contact of the same line is on that list.
-- grain: one row per contact of $keys that children name
-- reads: fold.dropped_rows, fold.line, fold.redirects, raw.{child.name}
-- kind: query
with

about as (

    select unnest(cast($keys as {{ key_type }}[])) as contact_key

),

-- a membership is decided among all contacts that end in one survivor, in $keys or not
line as (

    select
        line.contact_key,
        line.membership_position
    from fold.line as line
    left join fold.redirects as redirects on redirects.retired_key = line.contact_key
    where line.root_key = cast($root as {{ key_type }}) and (redirects.retired_key is null or redirects.is_contact)

),

{% for child in children if child.deduplicated %}
{{ child.name | plain }}_dropped as (

    {% if child.repeats %}
    select
        contact_key,
        true as is_dropped
    from fold.dropped_rows
    where "table" = {{ child.name | literal }} and root_key = cast($root as {{ key_type }})
    {% else %}
    select
        memberships._cm_contact_key as contact_key,
        row_number() over same_list > 1 as is_dropped
    from raw.{{ child.name | ident }} as memberships
    inner join line on line.contact_key = memberships._cm_contact_key
    window same_list as (
        partition by {% for name in child.unique %}memberships.{{ name | ident }}{{ ", " if not loop.last }}{% endfor %}

        order by line.membership_position
    )
    {% endif %}

),

{% endfor %}

named as (

    {% for child in children %}
    {% if named_keys[child.name] %}
    select
        children.contact_key,
        {{ child.name | literal }} as kind,
        false as is_dropped,
        count(*) as rows_named
    from (select unnest({{ named_keys[child.name] }}) as contact_key from raw.{{ child.name | ident }}) as children
    semi join about on about.contact_key = children.contact_key
    group by children.contact_key
    {% else %}
    select
        _cm_contact_key as contact_key,
        {{ child.name | literal }} as kind,
        false as is_dropped,
        count(*) as rows_named
    from raw.{{ child.name | ident }} as children
    semi join about on about.contact_key = children._cm_contact_key
    group by _cm_contact_key
    {% endif %}

    {{ "union all" if not loop.last }}

    {% endfor %}
    {% for child in children if child.deduplicated %}
    union all

    select
        contact_key,
        {{ child.name | literal }} as kind,
        true as is_dropped,
        count(*) as rows_named
    from {{ child.name | plain }}_dropped
    where is_dropped
    group by contact_key

    {% endfor %}

)

select
    about.contact_key,
    {% for child in children %}
    coalesce(any_value(rows_named) filter (where kind = {{ child.name | literal }} and not is_dropped), 0)
        as {{ child.name | ident }},
    {% endfor %}
    cast(coalesce(sum(rows_named) filter (where is_dropped), 0) as bigint) as dropped
from about
inner join named on named.contact_key = about.contact_key
group by about.contact_key
