-- How request and key tables are read: blank text, one value or a list out of JSON text, flags.
create or replace temp macro is_blank(spelled) as
    spelled is null or not regexp_matches(spelled, '[^{{ white_space[1:-1] }}]');

create or replace temp macro json_value_text(slice) as
    case when left(slice, 1) = '"' then json_extract_string(slice, '$') else slice end;

create or replace temp macro json_list(spelled) as
    case
        when json_valid(spelled) and starts_with(ltrim(spelled, e' \t\n\r'), '[') and not regexp_matches(spelled, '(?i),\s*\]|[\[,]\s*[+-]?(nan|inf)')
            then list_transform(from_json(spelled, '["JSON"]'), lambda element:
                case
                    when left(element, 1) = '"' then json_extract_string(element, '$')
                    when uuid_value(cast(element as varchar)) is null then cast(element as varchar)
                end)
    end;

create or replace temp macro flag(spelled) as
    case
        when is_blank(spelled) then false
        when lower(trim(spelled)) in ('true', 't', 'yes', 'y', '1') then true
        when lower(trim(spelled)) in ('false', 'f', 'no', 'n', '0') then false
    end;

-- A text and its length, so that no two bodies run together to the same text.
create or replace temp macro framed(spelled) as coalesce(length(spelled) || ':' || spelled, '-');
