-- Gives contacts that come back, but whose row the export no longer holds, their last known row, until a later full export.
-- grain: one row per contact that comes back, but whose row the export no longer holds
-- reads: chosen_reversals, ledger.contact_versions, ledger.imports, raw.contacts
-- kind: insert into raw.contacts by name
with

newest as (

    select
        versions.*,
        max(versions._cm_batch) over (partition by versions._cm_key) as _cm_newest
    from ledger.contact_versions as versions
    semi join chosen_reversals on chosen_reversals.retired_key = versions._cm_key

),

pointers as (

    select
        contact_key,
        arg_max(target_key, batch_no) as target_key
    from ledger.imports
    group by contact_key

)

select
    {% for column in columns %}
    newest.{{ column.name | ident }},
    {% endfor %}
    newest._cm_key,
    pointers.target_key as _cm_into
from newest
left join pointers on pointers.contact_key = newest._cm_key
anti join raw.contacts as contacts on contacts._cm_key = newest._cm_key
where newest._cm_batch = newest._cm_newest  -- rule: restored
