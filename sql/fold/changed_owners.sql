-- grain: one row per survivor whose raw row now differs from the one that its last merge used
-- reads: component_rows, edit_candidates, ledger.contact_versions
-- kind: temp table changed_owners
select edit_candidates.n
from edit_candidates
inner join ledger.contact_versions as versions
    on versions._cm_key = edit_candidates.contact_key and versions._cm_batch = edit_candidates.last_version
inner join component_rows as contacts on contacts._cm_key = edit_candidates.contact_key
where edit_candidates.batch_no is null
    and (
        false
        {% for column in columns %}
        or versions.{{ column.name | ident }} is distinct from contacts.{{ column.name | ident }}
        {% endfor %}
    )
