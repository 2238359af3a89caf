-- uuid_value(text): the value of what Python's uuid.UUID(text.strip()) takes, null for the rest.
-- DuckDB's own cast takes a part of that (never more, and with the same value), so it goes first and is nearly always
-- enough. What it leaves is spelled as Python would: white space and braces around, `urn:` and `uuid:` and hyphens anywhere.
-- uuid_is_odd(text): what neither settles, for Python takes any 32 characters that int(text, 16) takes (keys.py).
create or replace temp macro uuid_hex(spelled) as
    replace(
        regexp_replace(
            replace(replace(
                regexp_replace(spelled, '^{{ white_space }}+|{{ white_space }}+$', '', 'g'),
                'urn:', ''), 'uuid:', ''),
            '^[{}]+|[{}]+$', '', 'g'),
        '-', '');

create or replace temp macro uuid_value(spelled) as
    coalesce(
        try_cast(spelled as uuid),
        case when regexp_full_match(uuid_hex(spelled), '[0-9A-Fa-f]{32}') then try_cast(uuid_hex(spelled) as uuid) end);

create or replace temp macro uuid_is_odd(spelled) as
    spelled is not null and uuid_value(spelled) is null and length(uuid_hex(spelled)) = 32;
