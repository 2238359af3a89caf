-- Temporary macros over text, made at the beginning of a load: what a text says, and whether a value says exactly the same.
--   plain_number(spelled): of a number without an exponent, without signs and zeros that change nothing
--   digit_count(spelled): how many digits of a number count
--   number_said(spelled, held): held, an integer or a decimal, if it is just the number that is spelled; else null
--   real_said(spelled, held, digits): the same of a FLOAT or DOUBLE, that holds every number of so many digits, and others where
--     its shortest text is that number
--   date_said, time_said, timestamp_said, timestamptz_said(spelled): ISO 8601, a blank for the T and missing seconds are fine;
--     null where there is anything that the type does not hold, an offset or digits beyond microseconds
--   flag_said(spelled): as flags are read, null where it is empty
-- reads: none
-- kind: macros
{% set number = "^[+-]?([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][+-]?[0-9]+)?$" %}
create or replace temp macro plain_number(spelled) as
    regexp_replace(
        regexp_replace(
            regexp_replace(
                regexp_replace(
                    regexp_replace(regexp_replace(spelled, '^\+', ''), '^(-?)\.', '\10.'),
                    '^(-?)0*([0-9])', '\1\2'),
                '(\.[0-9]*[1-9])0+$', '\1'),
            '\.0*$', ''),
        '^-0$', '0');

create or replace temp macro digit_count(spelled) as
    length(regexp_replace(
        regexp_replace(regexp_replace(spelled, '[eE].*$', ''), '[+.-]', '', 'g'),
        '^0+|0+$', '', 'g'));

create or replace temp macro number_said(spelled, held) as
    case
        when not regexp_matches(spelled, '{{ number }}') then null
        when not regexp_matches(spelled, '[eE]')
            then case when plain_number(cast(held as varchar)) = plain_number(spelled) then held end
        when digit_count(spelled) <= 15 and try_cast(held as double) = try_cast(spelled as double) then held
    end;

create or replace temp macro real_said(spelled, held, digits) as
    case
        when not regexp_matches(spelled, '{{ number }}') or not isfinite(held) then null
        when held = 0 then case when digit_count(spelled) = 0 then held end
        when digit_count(spelled) <= digits then held
        when plain_number(cast(held as varchar)) = plain_number(spelled) then held
    end;

create or replace temp macro date_said(spelled) as
    case
        when regexp_matches(
            spelled, '^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ]00:00(:00(\.0+)?)?(Z|[+-]00:?00)?)?$')
            then try_cast(left(spelled, 10) as date)
    end;

create or replace temp macro time_said(spelled) as
    case
        when regexp_matches(spelled, '^[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6}0*)?)?$') then try_cast(spelled as time)
    end;

create or replace temp macro timestamp_said(spelled) as
    case
        when regexp_matches(
            spelled,
            '^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6}0*)?)?)?(Z|[+-]00(:?00)?)?$')
            then try_cast(regexp_replace(spelled, '([:.0-9]{3})(Z|[+-]00(:?00)?)$', '\1') as timestamp)
    end;

create or replace temp macro timestamptz_said(spelled) as
    case
        when regexp_matches(
            spelled,
            '^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6}0*)?)?)? ?(Z|[+-][0-9]{2}(:?[0-9]{2})?)?$')
            then try_cast(spelled as timestamptz)
    end;

create or replace temp macro flag_said(spelled) as
    case when spelled <> '' then flag(spelled) end;
