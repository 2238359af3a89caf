-- Temporary macros over text, made at the beginning of a load.
--   uuid_hex(spelled): what Python's uuid.UUID(spelled.strip()) takes for hexadecimal digits: `urn:`, `uuid:`, hyphens
--     and outer braces gone
--   uuid_value(spelled): the value, null where there is none. DuckDB's own cast takes some of what Python does (never
--     more, and with the same value), so it goes first and is nearly always enough.
--   uuid_is_non_standard(spelled): neither decides, for Python takes any 32 characters that int(text, 16) takes (keys.py)
--   uuid_number(spelled): the text of a JSON value that is no string; null where it would pass for an id
--   uuid_piece(spelled): whether a piece of a text with several ids is one
-- reads: none
-- kind: macros
create or replace temp macro uuid_hex(spelled) as
    replace(
        regexp_replace(
            replace(
                replace(
                    regexp_replace(spelled, '^[{{ white_space }}]+|[{{ white_space }}]+$', '', 'g'),
                    'urn:', ''),
                'uuid:', ''),
            '^[{}]+|[{}]+$', '', 'g'),
        '-', '');

create or replace temp macro uuid_value(spelled) as
    coalesce(
        try_cast(spelled as uuid),
        -- once only: as a common subexpression it would be worked out for every row
        try_cast(regexp_extract(uuid_hex(spelled), '^[0-9A-Fa-f]{32}$') as uuid));

create or replace temp macro uuid_is_non_standard(spelled) as
    spelled is not null and uuid_value(spelled) is null and length(uuid_hex(spelled)) = 32;

create or replace temp macro uuid_number(spelled) as
    case when uuid_value(spelled) is null then spelled end;

create or replace temp macro uuid_piece(spelled) as
    uuid_value(spelled) is not null or uuid_is_non_standard(spelled);
