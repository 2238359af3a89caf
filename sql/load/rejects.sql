-- One row per input row of the last run that could not be used, or not in full.
--   table_name, file (inside the input folder), row_number (1-based: the data row; for JSON lines the line),
--   reason, raw (the row as one JSON object; a broken line as it stands).
-- grain: one row per input row of the last run that could not be used
-- reads: none
-- kind: kept raw.rejects
create or replace table raw.rejects (
    table_name varchar,
    file varchar,
    row_number bigint,
    reason varchar,
    raw varchar
);
