-- One row per contact that newly loaded contacts affect: its imported pointer changed, it is a survivor whose row changed
-- (or had changed), or it is spelled otherwise. Also one that appeared where only a pointer named it.
-- grain: one row per contact that newly loaded contacts affect
-- reads: fold.line, fold.redirects, fold.survivors, ledger.contact_versions, new_imports, raw._cm_entity
-- kind: temp table affected
with

pointers as (

    select contact_key from new_imports
    union
    select target_key from new_imports where target_key is not null
    union
    {# what the changed contacts pointed to before #}
    select redirects.target_key
    from fold.redirects as redirects
    semi join new_imports on new_imports.contact_key = redirects.retired_key

),

survivors as (

    select survivors._cm_key as contact_key
    from fold.survivors as survivors
    left join raw._cm_entity as contacts on contacts._cm_key = survivors._cm_key
    left join (
        select
            versions.*,
            row_number() over (partition by versions._cm_key order by versions._cm_batch desc) as _cm_newest
        from ledger.contact_versions as versions
        inner join fold.survivors as known
            on known._cm_key = versions._cm_key and versions._cm_batch <= known._cm_batch
    ) as versions on versions._cm_key = survivors._cm_key and versions._cm_newest = 1
    where survivors._cm_changed
        {% for column in columns %}
        or versions.{{ column.name | ident }} is distinct from contacts.{{ column.name | ident }}
        {% endfor %}

),

respelled as (

    select redirects.retired_key as contact_key
    from fold.redirects as redirects
    left join raw._cm_entity as retired on retired._cm_key = redirects.retired_key
    left join raw._cm_entity as target on target._cm_key = redirects.target_key
    left join raw._cm_entity as survivor on survivor._cm_key = redirects.survivor_key
    where retired._cm_id <> redirects.retired_id
        or target._cm_id <> redirects.primary_id
        or survivor._cm_id <> redirects.survivor_id
        or (redirects.survivor_key is not null and not redirects.is_contact and survivor._cm_key is not null)

),

everything as (

    select contact_key from fold.line where {{ "true" if fold_all else "false" }}

)

select contact_key from pointers
union
select contact_key from survivors
union
select contact_key from respelled
union
select contact_key from everything
