-- json_members: the sets of member names that occur in the lines, each at the first line that has it; and, one row
-- each, the lines that need a strict look: no JSON object, a name twice (its names are given), or one of the things
-- that DuckDB lets pass and RFC 8259 does not: a comma before a closing bracket, NaN and Infinity.
create or replace temp table json_members as
with looked_at as (
    select
        file_no,
        line_no,
        line,
        case when json_valid(line) and starts_with(ltrim(line), '{') then json_keys(line) end as keys,
        regexp_matches(line, '(?i),\s*[}\]]|[:\[,]\s*[+-]?(nan|inf)') as lax
    from json_line_batches
),

judged as (
    select *, keys is null or lax or len(keys) <> len(list_distinct(keys)) as needs_a_look
    from looked_at
)

select
    arg_min(file_no, (file_no, line_no)) as first_file,
    arg_min(line_no, (file_no, line_no)) as first_line,
    case when len(keys) <> len(list_distinct(keys)) then keys when not needs_a_look then keys end as names,
    case when needs_a_look then line end as line
from judged
group by
    names,
    case when needs_a_look then file_no end,
    case when needs_a_look then line_no end,
    case when needs_a_look then line end;
