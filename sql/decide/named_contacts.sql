-- One row per id that a request names, and per contact where its pointers end: whether and how it exists; numbered from 0.
-- grain: one row per id that a request names, and per contact where its pointers end
-- reads: fold.redirects, ledger.contact_versions, ledger.imports, named_ids, raw._cm_entity
-- kind: temp table named_contacts
with

named as (

    select distinct contact_key from named_ids

),

ends as (

    select
        redirects.survivor_key as contact_key,
        any_value(redirects.survivor_id) as contact_id
    from fold.redirects as redirects
    inner join named on named.contact_key = redirects.retired_key
    where redirects.survivor_key is not null
    group by redirects.survivor_key

),

wanted as (

    select contact_key from named
    union
    select contact_key from ends

),

{# a left join of all contacts would read every row of the columns that it names #}
held as (

    select
        contacts._cm_key as contact_key,
        contacts._cm_id as id,
        {% if has_workspace %}
        said(contacts.{{ entity.workspace | ident }}) as workspace_id  -- rule: empty-workspace
        {% else %}
        null as workspace_id
        {% endif %}
    from raw._cm_entity as contacts
    semi join wanted on wanted.contact_key = contacts._cm_key

),

kept as (

    select
        versions._cm_key as contact_key,
        {{ "said(versions." ~ (entity.workspace | ident) ~ ")" if ledger_has_workspace else "null" }} as workspace_id,
        row_number() over (partition by versions._cm_key order by versions._cm_batch desc) as newest
    from ledger.contact_versions as versions
    inner join wanted on wanted.contact_key = versions._cm_key

),

imported as (

    select
        imports.contact_key,
        imports.workspace_id,
        row_number() over (partition by imports.contact_key order by imports.batch_no desc) as newest
    from ledger.imports as imports
    inner join wanted on wanted.contact_key = imports.contact_key

)

select
    row_number() over () - 1 as n,
    wanted.contact_key,
    coalesce(
        held.id,
        redirects.retired_id,
        {# of an end that contacts do not hold: in messages, where its workspace is known #}
        {{ "case when kept.contact_key is not null then ends.contact_id end" if has_workspace else "ends.contact_id" }}
    ) as contact_id,
    held.contact_key is not null and redirects.retired_key is null as live,
    redirects.retired_key is not null as retired,
    redirects.retired_key is not null and redirects.survivor_key is null as circle,
    redirects.survivor_key as end_key,
    {% if has_workspace %}
    case
        when held.contact_key is not null then held.workspace_id
        else coalesce(kept.workspace_id, imported.workspace_id)
    end as workspace_id
    {% else %}
    null as workspace_id
    {% endif %}
from wanted
left join held on held.contact_key = wanted.contact_key
left join fold.redirects as redirects on redirects.retired_key = wanted.contact_key
left join ends on ends.contact_key = wanted.contact_key
left join kept on kept.contact_key = wanted.contact_key and kept.newest = 1
left join imported on imported.contact_key = wanted.contact_key and imported.newest = 1
