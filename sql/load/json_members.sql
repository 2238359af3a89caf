-- One row per set of member names that occurs in lines, with the first line that has it; and one row per line that needs a
-- strict look, with its text: no JSON, nothing in it, or a comma before a closing bracket, which DuckDB lets pass and
-- RFC 8259 does not. (NaN, which it lets pass as well, shows in json_kinds.sql.)
with

looked_at as (

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
        cast(file_no as bigint) * 1000000000000 + line_no as place,
        names,
        case when names is null or len(names) = 0 or has_late_comma then line end as line
    from looked_at

),

grouped as (

    select
        min(place) as place,
        names,
        any_value(line) as line
    from judged
    group by
        names,
        case when line is not null then place end

)

select
    place // 1000000000000 as file_no,
    place % 1000000000000 as line_no,
    names,
    line
from grouped;
