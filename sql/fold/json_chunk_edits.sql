-- One row per edit that may concern a chunk: the text of a JSON field before and after it, and the stretch that it replaces.
-- grain: one row per edit that may concern a chunk
-- reads: component_rows, edit_candidates, json_chunks, ledger.contact_versions
-- kind: query
select
    edits.batch_no,
    edited.number,
    {{ field.of("old_row") }},
    case when edits.batch_no is null then {{ field.of("contacts") }} else {{ field.of("new_row") }} end,
    owners.number,
    edits.first_position,
    edits.last_position
from edit_candidates as edits
inner join json_chunks as edited on edited.n = edits.n
inner join json_chunks as owners on owners.n = edits.owner
left join ledger.contact_versions as old_row
    on old_row._cm_key = edits.contact_key and old_row._cm_batch = edits.last_version
left join ledger.contact_versions as new_row
    on new_row._cm_key = edits.contact_key and new_row._cm_batch = edits.version
left join component_rows as contacts on contacts._cm_key = edits.contact_key
where edited.chunk = $chunk
