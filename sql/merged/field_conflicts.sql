-- grain: one row per field of a live contact and contact of its line that holds another value than the kept one
-- reads: fold.conflicts, fold.redirects, fold.survivors, ledger.requests, raw._cm_entity
-- kind: view merged.field_conflicts
with

live as (

    select
        survivors._cm_key as contact_key,
        contacts._cm_id as contact_id
    from fold.survivors as survivors
    inner join raw._cm_entity as contacts on contacts._cm_key = survivors._cm_key
    anti join fold.redirects as redirects on redirects.retired_key = survivors._cm_key

)

{# A contact of a line that is not retired is its owner.
   Looked up row by row: in a join DuckDB would keep all conflicts in memory, for it expects few rows. #}
select
    live.contact_id,
    concat_ws('.', conflicts.field, conflicts.json_key) as field,
    conflicts.kept_value,
    coalesce(
        (select retired.retired_id from fold.redirects as retired where retired.retired_key = conflicts.kept_from),
        live.contact_id
    ) as kept_from,
    conflicts.other_value,
    coalesce(
        (select retired.retired_id from fold.redirects as retired where retired.retired_key = conflicts.other_from),
        live.contact_id
    ) as other_from,
    (select requests.request_id from ledger.requests as requests where requests.seq = conflicts.seq) as request_id
from fold.conflicts as conflicts
inner join live on live.contact_key = conflicts.contact_key;

comment on view merged.field_conflicts is
    'One row per field of a live contact and contact of its line that holds another value than the kept one.';
comment on column merged.field_conflicts.contact_id is 'The live contact.';
comment on column merged.field_conflicts.field is 'The field; a key of a JSON field as <column>.<key>.';
comment on column merged.field_conflicts.kept_value is 'The value that counts, as text.';
comment on column merged.field_conflicts.kept_from is 'The contact in whose row it stood.';
comment on column merged.field_conflicts.other_value is 'The value that was not taken, as text.';
comment on column merged.field_conflicts.other_from is 'The contact in whose row that one stood.';
comment on column merged.field_conflicts.request_id is 'The request that brought the two together.'
