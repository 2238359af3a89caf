-- Temporary macros over text, made at the beginning of a load.
--   text_value(spelled): the text without white space around it, null where nothing is left
--   text_number(spelled): the text of a JSON value that is no string: of a whole number its digits, null for a list or object
--   text_piece(spelled): whether a piece of a text with several ids is one: a text may hold what separates others
-- reads: none
-- kind: macros
create or replace temp macro text_value(spelled) as
    case
        -- nearly all begin and end so, and need no pattern
        when ascii(spelled) between 33 and 126 and ascii(right(spelled, 1)) between 33 and 126 then spelled
        else nullif(regexp_replace(spelled, '^[{{ white_space }}]+|[{{ white_space }}]+$', '', 'g'), '')
    end;

create or replace temp macro text_number(spelled) as
    case
        when regexp_matches(spelled, '^[\[{]') then null
        when regexp_matches(spelled, '^-?[0-9]+\.0$') then regexp_replace(spelled, '\.0$', '')
        else spelled
    end;

create or replace temp macro text_piece(spelled) as
    false;
