-- One row per accepted merge of one duplicate into its primary, with what it brought.
-- grain: one row per accepted merge of one duplicate into its primary
-- reads: none
-- kind: kept ledger.merges
create table if not exists ledger.merges (
    seq bigint not null,
    ordinal integer not null,
    batch_no bigint not null,
    request_id varchar not null,
    primary_key {{ key_type }} not null,
    primary_id varchar not null,
    retired_key {{ key_type }} not null,
    retired_id varchar not null,
    overwrite boolean not null,
    merged_at timestamptz not null,
    workspace_id varchar,
    fields_populated varchar[] not null,
    {% if children %}
    counts struct(
        {% for child in children %}
        {{ child.name | ident }} bigint{{ "," if not loop.last }}
        {% endfor %}
    )
    {% else %}
    counts varchar
    {% endif %}
);

comment on table ledger.merges is 'One row per accepted merge of one duplicate into its primary, with what it brought.';
comment on column ledger.merges.seq is 'The request''s position among all ever processed.';
comment on column ledger.merges.ordinal is 'The duplicate''s position in the request, from 1.';
comment on column ledger.merges.batch_no is 'The batch that merged it.';
comment on column ledger.merges.request_id is 'The request that asked for it.';
comment on column ledger.merges.primary_key is 'The contact that remained.';
comment on column ledger.merges.primary_id is 'The contact that remained, as contacts spelled it.';
comment on column ledger.merges.retired_key is 'The contact that was retired.';
comment on column ledger.merges.retired_id is 'The contact that was retired, as contacts spelled it.';
comment on column ledger.merges.overwrite is 'Whether the duplicate''s values went before those of the primary.';
comment on column ledger.merges.merged_at is 'The time of the batch.';
comment on column ledger.merges.workspace_id is 'The primary''s workspace.';
comment on column ledger.merges.fields_populated is 'Fields that this duplicate gave to the primary.';
comment on column ledger.merges.counts is
    'Rows that moved from this duplicate to the primary, by kind; null for kinds that there were not then.';
