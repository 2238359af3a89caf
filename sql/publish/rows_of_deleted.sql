-- One row for each kind of children: how many of them name a contact that the export deletes, or one that is retired into it.
-- grain: one row for each kind of children
-- reads: fold.redirects, liveness, raw.{kind}
-- kind: query
with

gone as (

    select contact_key
    from liveness
    where change = 'deleted'

    union

    select redirects.retired_key
    from fold.redirects as redirects
    semi join liveness on liveness.contact_key = redirects.survivor_key and liveness.change = 'deleted'

)

{% for kind, named in kinds.items() %}
select
    {{ kind | literal }} as kind,
    {% if named %}
    count(distinct children._cm_row) as gone_rows
from (
    select
        _cm_row,
        unnest({{ named }}) as contact_key
    from (select row_number() over () as _cm_row, * from raw.{{ kind | ident }})
) as children
semi join gone on gone.contact_key = children.contact_key
    {% else %}
    count(*) as gone_rows
from raw.{{ kind | ident }} as children
semi join gone on gone.contact_key = children._cm_contact_key
    {% endif %}
{{ "union all" if not loop.last }}
{% else %}
select null as kind, 0 as gone_rows where false
{% endfor %}
