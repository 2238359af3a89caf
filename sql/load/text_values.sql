-- Temporary macros, made at the beginning of a load: how columns are read for what they say
-- (SEMANTICS.md, 'Folding', the first rule).
--   said(value): of a value of any type: its text, null where it is empty; a whole number that came as a double is one
--   stripped(spelled): without white space around
--   flag(spelled): true, false (for null too), or null where it is neither
--   instant(spelled): a point in time, UTC where no zone is named; null where it is none. A number of 9 digits or more is one of
--     seconds since 1970, from 12 digits on of milliseconds; a smaller one would be a date such as 20260501
--   number_of(spelled): a number; null where it is none
--   newest_key(spelled, has_times): by what rows compare of which the newest counts: what is empty is the least, then texts,
--     numbers and times, each by value. Numbers beside times are epoch times, where they have the digits of one
--   json_value_text(slice): of a slice of JSON text that is a string that string, of a whole number its digits, null where
--     it is an empty list or object, else the slice
--   json_list(spelled): the elements of a JSON array; null where it is none. An element that is no string is what the type of
--     ids makes of its JSON text
--   id_list(spelled): the ids of a JSON array, else those between `,` `;` `|` and blanks; null where it is none and no piece
--     is an id. Braces or brackets round all of them and quotes round each are ignored. An empty id is null
--   framed(spelled): a text with its length, so that different texts never run together to the same one
-- reads: none
-- kind: macros
{% from "fold/_values.sql" import filled, value %}
{% set real = "try_cast(cast(value as varchar) as double)" %}
create or replace temp macro said(value) as
    case
        when typeof(value) in ('FLOAT', 'DOUBLE')  -- rule: nan-is-nothing
            then case when {{ filled(real, "float") }} then
                -- beyond 2^53 a double does not say which whole number it was; a minus before 0 goes
                case when abs({{ real }}) <= 9007199254740992
                    then regexp_replace(cast({{ real }} + 0 as varchar), '\.0$', '')  -- rule: whole-double
                    else cast(value as varchar) end end
        when (ends_with(typeof(value), ']') or starts_with(typeof(value), 'MAP('))
            and cast(value as varchar) in ('[]', '{}')  -- rule: empty-list-is-nothing
            then null
        else {{ value("cast(value as varchar)", "text") }}  -- rule: blank-is-no-key
    end;

create or replace temp macro stripped(spelled) as
    regexp_replace(spelled, '^[{{ white_space }}]+|[{{ white_space }}]+$', '', 'g');

create or replace temp macro flag(spelled) as
    case
        when spelled is null then false
        when lower(stripped(spelled)) in ('true', 't', 'yes', 'y', '1', '1.0') then true
        when lower(stripped(spelled)) in ('false', 'f', 'no', 'n', '0', '0.0') then false
    end;

create or replace temp macro finite(moment) as
    case when isfinite(moment) then moment end;

create or replace temp macro epoch_instant(amount) as
    to_timestamp(case when abs(amount) < 100000000000 then amount else amount / 1000 end);

create or replace temp macro instant(spelled) as
    finite(case
        when regexp_matches(stripped(spelled), '^-?[0-9]{9,15}(\.[0-9]+)?$')  -- rule: epoch-times
            then epoch_instant(cast(stripped(spelled) as double))
        when regexp_matches(stripped(spelled), '^[+-]?[0-9]') then
            coalesce(
                try_cast(stripped(spelled) as timestamptz),
                try_cast(upper(stripped(spelled)) as timestamptz))
    end);

create or replace temp macro number_of(spelled) as
    try_cast(stripped(spelled) as decimal(38, 9));

create or replace temp macro newest_key(spelled, has_times) as
    case
        when spelled is null then {'kind': 0, 'amount': cast(0 as decimal(38, 9)), 'text': ''}
        when has_times and instant(spelled) is not null
            then {'kind': 3, 'amount': cast(epoch_us(instant(spelled)) as decimal(38, 9)), 'text': ''}
        when number_of(spelled) is not null
            then {'kind': 2, 'amount': number_of(spelled), 'text': ''}
        else {'kind': 1, 'amount': cast(0 as decimal(38, 9)), 'text': spelled}
    end;

create or replace temp macro json_value_text(slice) as
    case
        when starts_with(slice, '"') then json_extract_string(slice, '$')
        when regexp_matches(slice, '^(\[[ \t\n\r]*\]|\{[ \t\n\r]*\})$') then null
        else regexp_replace(slice, '^(-?[0-9]+)\.0+$', '\1')
    end;

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
                    else id_number(cast(_cm_element as varchar))
                end)
    end;

create or replace temp macro id_pieces(spelled) as
    list_filter(
        list_transform(
            string_split_regex(
                regexp_replace(stripped(spelled), '^(?:\[(.*)\]|\{([^{}]*)\})$', '\1\2', 's'),
                '[,;|{{ white_space }}]+'),  -- rule: separators
            lambda _cm_piece: trim(_cm_piece, '"''')),
        lambda _cm_piece: _cm_piece <> '');

create or replace temp macro id_list(spelled) as
    coalesce(
        list_transform(json_list(spelled), lambda _cm_element: said(_cm_element)),
        case
            when json_valid(spelled) and starts_with(stripped(spelled), '{') and id_pieces(spelled) <> [] then null
            when
                id_pieces(spelled) = []
                or list_bool_or(list_transform(
                    id_pieces(spelled), lambda _cm_piece: id_piece(_cm_piece)))
                then id_pieces(spelled)
        end);

create or replace temp macro framed(spelled) as
    coalesce(length(spelled) || ':' || spelled, '-');
