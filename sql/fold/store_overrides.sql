-- One row per contact of the component's lines that holds other values than its row in the ledger, since an edit.
-- grain: one row per contact of the component's lines that holds other values than its row in the ledger
-- reads: component, place_values
-- kind: replace fold.overrides where _cm_key in (select contact_key from component)
select
    contact_key as _cm_key
    {%- for column in typed_columns %},
    {{ column.pack("value_") }} as {{ column.name | ident }}
    {%- endfor %}

from place_values
where overridden
