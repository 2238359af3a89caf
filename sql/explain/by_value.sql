-- One row per contact that has a value in a column, by id: how many there are, and their survivor where all have the same.
-- Its row of the newest export, or the last known one, counts, and what merges made of it. Text just as asked for goes before
-- text that differs in case or outer blanks.
-- grain: one row per contact that has a value in a column
-- reads: fold.redirects, fold.survivors, ledger.contact_versions, raw._cm_entity
-- kind: query
{% macro matched(row) -%}
{% set value = row ~ "." ~ (column | ident) -%}
{% if is_text -%}
lower(trim(cast({{ value }} as varchar), $blanks)) = lower($stripped)
{%- else -%}
{{ value }} = try_cast($value as {{ type }})
{%- endif %}
{%- endmacro %}
{% macro just(row) -%}
{% if is_text %}cast({{ row }}.{{ column | ident }} as varchar) = $value{% else %}true{% endif %}
{%- endmacro %}
with

{% if in_versions %}
lost as (

    select
        versions._cm_key,
        versions.{{ column | ident }}
    from ledger.contact_versions as versions
    anti join raw._cm_entity as contacts on contacts._cm_key = versions._cm_key
    qualify versions._cm_batch = max(versions._cm_batch) over (partition by versions._cm_key)

),

{% endif %}
holders as (

    select
        contacts._cm_key as contact_key,
        {{ just("contacts") }} as is_just
    from raw._cm_entity as contacts
    where {{ matched("contacts") }}

    {% if in_versions %}
    union all

    select
        lost._cm_key,
        {{ just("lost") }}
    from lost
    where {{ matched("lost") }}

    {% endif %}
    {% if in_survivors %}
    union all

    select
        survivors._cm_key,
        {{ just("survivors") }}
    from fold.survivors as survivors
    where {{ matched("survivors") }}

    {% endif %}
),

found as (

    select
        holders.contact_key,
        any_value(redirects.retired_key is null) as is_end,
        any_value(redirects.survivor_key) as survivor_key
    from holders
    left join fold.redirects as redirects on redirects.retired_key = holders.contact_key
    where holders.is_just or not (select bool_or(is_just) from holders)
    group by holders.contact_key

),

ends as (

    select
        contact_key,
        case when is_end then contact_key else survivor_key end as end_key
    from found

)

select
    contact_key,
    count(*) over () as found,
    case
        when count(end_key) over () = count(*) over () and min(end_key) over () = max(end_key) over () then end_key
    end as end_key
from ends
order by contact_key
limit $shown
