-- Temporary macros over text, made at the beginning of a load.
--   integer_value(spelled): the whole number, null where there is none, or none of 64 bits
--   integer_number(spelled): the text of a JSON value that is no string. Of a number with a point or an exponent it is that of
--     its double: one that no double distinguishes from its neighbours is no id.
--   integer_piece(spelled): whether a piece of a text with several ids is one
-- reads: none
-- kind: macros
create or replace temp macro integer_value(spelled) as
    case
        -- nearly all are written so, and need no pattern
        when cast(try_cast(spelled as bigint) as varchar) = spelled then try_cast(spelled as bigint)
        else try_cast(
            regexp_extract(spelled, '^[{{ white_space }}]*([+-]?[0-9]+)(?:\.0+)?[{{ white_space }}]*$', 1) as bigint)
    end;

create or replace temp macro integer_number(spelled) as
    case
        when not regexp_matches(spelled, '[.eE]') or try_cast(spelled as double) is null then spelled
        when abs(try_cast(spelled as double)) > 9007199254740992 then printf('%.15e', try_cast(spelled as double))
        else regexp_replace(cast(try_cast(spelled as double) + 0 as varchar), '\.0$', '')
    end;

create or replace temp macro integer_piece(spelled) as
    integer_value(spelled) is not null;
