-- One row per contact into which an active merge went and that none retired: its fields as they are now.
-- Its columns follow those of contacts: it is made empty, to be filled again from raw and ledger.
-- grain: one row per contact into which an active merge went and that none retired
-- reads: raw._cm_entity
-- kind: table fold.survivors
select
    _cm_key,
    cast(null as bigint) as _cm_batch,
    cast(null as boolean) as _cm_changed
    {%- for column in field_columns %},
    {{ column.name | ident }}
    {%- endfor %}
    {%- for column in updated %},
    {{ column.name | ident }}
    {%- endfor %}
    {%- for column in references %},
    cast(null as {{ key_type }}) as {{ column.named_key | ident }}
    {%- endfor %}

from raw._cm_entity
limit 0;

comment on table fold.survivors is
    'One row per contact into which an active merge went and that none retired: its fields as they are now.';
comment on column fold.survivors._cm_key is 'The survivor.';
comment on column fold.survivors._cm_batch is 'The batch of the last active merge into it.';
comment on column fold.survivors._cm_changed is 'Whether its raw row differs from the one that this merge used.';
{%- for column in field_columns + updated %}

comment on column fold.survivors.{{ column.name | ident }} is
    {{ ("Column " ~ column.name ~ " of contacts, as it counts now.") | literal }};
{%- endfor %}
{%- for column in references %}

comment on column fold.survivors.{{ column.named_key | ident }} is
    {{ ("The contact that " ~ column.name ~ " names, as ids compare.") | literal }};
{%- endfor %}
