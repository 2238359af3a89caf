-- One row per set of keys that occurs in lines, with the first line that has it; and one row per line that needs a strict
-- look, with its text. These are lines that are no JSON, have no keys, or have a comma before a closing bracket, which DuckDB
-- lets pass and RFC 8259 does not. (NaN, which it lets pass as well, shows in json_kinds.sql.)
-- grain: one row per set of keys that occurs in lines, and one row per line that needs a strict look
-- reads: json_line_batches
-- kind: query
with

lines as (

    select
        file_no,
        line_no,
        line,
        case when json_valid(line) then json_keys(line) end as names,
        regexp_matches(line, ',\s*[}\]]') as has_late_comma
    from json_line_batches

),

judged as (

    select
        cast(file_no as bigint) * 1000000000000 + line_no as position,
        names,
        case when names is null or len(names) = 0 or has_late_comma then line end as line
    from lines

),

grouped as (

    select
        min(position) as position,
        names,
        any_value(line) as line
    from judged
    group by
        names,
        case when line is not null then position end

)

select
    position // 1000000000000 as file_no,
    position % 1000000000000 as line_no,
    names,
    line
from grouped
