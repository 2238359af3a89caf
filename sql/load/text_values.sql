-- Temporary macros over text, made at the beginning of a load: how requests and keys are read.
--   is_blank(spelled): null, or nothing but white space
--   stripped(spelled): without white space around
--   flag(spelled): true, false (for blank text too), or null where it is neither
--   instant(spelled): a point in time, UTC where no zone is named; null where it is none
--   json_value_text(slice): of a slice of JSON text that is a string that string, else the slice
--   json_list(spelled): the elements of a JSON array; null where it is none. An element that is no string is its JSON text,
--     or null where that would pass for an id
--   framed(spelled): a text with its length, so that different texts never run together to the same one
create or replace temp macro is_blank(spelled) as
    spelled is null or not regexp_matches(spelled, '[^{{ white_space }}]');

create or replace temp macro stripped(spelled) as
    regexp_replace(spelled, '^[{{ white_space }}]+|[{{ white_space }}]+$', '', 'g');

create or replace temp macro flag(spelled) as
    case
        when is_blank(spelled) then false
        when lower(stripped(spelled)) in ('true', 't', 'yes', 'y', '1', '1.0') then true
        when lower(stripped(spelled)) in ('false', 'f', 'no', 'n', '0', '0.0') then false
    end;

create or replace temp macro finite(moment) as
    case when isfinite(moment) then moment end;

create or replace temp macro instant(spelled) as
    finite(case when regexp_matches(stripped(spelled), '^[+-]?[0-9]') then
        coalesce(
            try_cast(stripped(spelled) as timestamptz),
            try_cast(upper(stripped(spelled)) as timestamptz))
    end);

create or replace temp macro json_value_text(slice) as
    case when starts_with(slice, '"') then json_extract_string(slice, '$') else slice end;

create or replace temp macro json_list(spelled) as
    case
        when
            json_valid(spelled)
            and regexp_matches(spelled, '^[ \t\n\r]*\[')
            and not regexp_matches(spelled, '(?i),\s*[}\]]|[:\[,]\s*[+-]?(nan|inf)')  -- DuckDB's JSON is wider than JSON
            then list_transform(
                from_json(spelled, '["JSON"]'),
                lambda _cm_element: case
                    when starts_with(cast(_cm_element as varchar), '"') then json_extract_string(_cm_element, '$')
                    when uuid_value(cast(_cm_element as varchar)) is null then cast(_cm_element as varchar)
                end)
    end;

create or replace temp macro framed(spelled) as
    coalesce(length(spelled) || ':' || spelled, '-');
