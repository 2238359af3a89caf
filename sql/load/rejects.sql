-- One row per input row of the last run that could not be used, or not in full.
-- grain: one row per input row of the last run that could not be used
-- reads: none
-- kind: kept raw.rejects
create table if not exists raw.rejects (
    table_name varchar,
    file varchar,
    row_number bigint,
    reason varchar,
    raw varchar
);

comment on table raw.rejects is 'One row per input row of the last run that could not be used, or not in full.';
comment on column raw.rejects.table_name is 'The table.';
comment on column raw.rejects.file is 'The file, inside the input folder.';
comment on column raw.rejects.row_number is 'Number of the data row in it, from 1; of JSON lines the line.';
comment on column raw.rejects.reason is 'Why it could not be used.';
comment on column raw.rejects.raw is 'The row as one JSON object; a broken line as it stands.';
