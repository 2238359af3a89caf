-- One row per contact of a line that holds other values than its row in the ledger, since an edit.
-- Its columns follow those of contacts: it is made empty, to be filled again from raw and ledger.
-- grain: one row per contact of a line that holds other values than its row in the ledger
-- reads: raw.contacts
-- kind: table fold.overrides
select
    _cm_key
    {%- for column in typed_columns %},
    {{ column.name | ident }}
    {%- endfor %}

from raw.contacts
limit 0;

comment on table fold.overrides is
    'One row per contact of a line that holds other values than its row in the ledger, since an edit.';
comment on column fold.overrides._cm_key is 'The contact.';
