-- One row per JSON field (its number `i`) and duplicate that gave keys of it, as the fold of JSON fields makes them (none yet).
create or replace temp table json_given (
    i bigint,
    seq bigint,
    ord bigint,
    keys varchar[]
);
