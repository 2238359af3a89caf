-- One row with a number for each key: a bit for each kind of value that it has in any line, nulls aside.
--   string, boolean, object
--   negative, integer, ubigint, hugeint, large: whole numbers below 0, up to 63, 64 and 127 bits, and longer
--   double: any other number
--   empty[], string[], boolean[], integer[] (all within 64 bits), double[], mixed[]: lists by their elements
--   lax: NaN and Infinity, or a list or object that may have one inside
-- grain: one row with a number for each key
-- reads: json_line_batches
-- kind: query
{% macro integers(value) -%}
case
                when list_min(from_json({{ value }}, '["HUGEINT"]')) >= -9223372036854775808
                    and list_max(from_json({{ value }}, '["HUGEINT"]')) <= 9223372036854775807
                    then {{ bits["integer[]"] }}
                else {{ bits["mixed[]"] }} end
{%- endmacro %}
{# A list or object, until the lines with NaN and Infinity are known and gone #}
{% macro strict_or_lax(value, kind) -%}
{% if settled %}{{ bits[kind] }}
{%- else %}case when regexp_matches({{ value }}, '(?i)[:\[,][+-]?(nan|inf)') then {{ bits["lax"] }} else {{ bits[kind] }} end
{%- endif %}
{%- endmacro %}
with

objects as (

    select unnest(from_json(line, {{ structure | literal }}))
    from json_line_batches

),

texts as (

    select {% for name in names %}cast({{ name | ident }} as varchar) as {{ name | ident }}{{ ", " if not loop.last }}{% endfor %}

    from objects

)

select
{% for name in names %}
{% set value = name | ident %}
    bit_or(case left({{ value }}, 1)
        when '"' then {{ bits["string"] }}
        when 't' then {{ bits["boolean"] }}
        when 'f' then {{ bits["boolean"] }}
        when '{' then {{ strict_or_lax(value, "object") }}
        when '[' then case cast(try(json_structure({{ value }})) as varchar)  -- it gives up below 128 brackets
            when '["NULL"]' then {{ bits["empty[]"] }}
            when '["VARCHAR"]' then {{ bits["string[]"] }}
            when '["BOOLEAN"]' then {{ bits["boolean[]"] }}
            when '["UBIGINT"]' then {{ integers(value) }}
            when '["BIGINT"]' then {{ integers(value) }}
            when '["HUGEINT"]' then {{ integers(value) }}
            when '["DOUBLE"]' then {{ strict_or_lax(value, "double[]") }}
            else {{ strict_or_lax(value, "mixed[]") }} end
        else case
            when {{ value }} is null then 0
            when not regexp_matches({{ value }}, '^-?[0-9]') then {{ bits["lax"] }}
            when contains({{ value }}, '.') or contains({{ value }}, 'e') then {{ bits["double"] }}
            when try_cast({{ value }} as bigint) is not null
                then case when starts_with({{ value }}, '-') then {{ bits["negative"] }} else {{ bits["integer"] }} end
            when try_cast({{ value }} as ubigint) is not null then {{ bits["ubigint"] }}
            when try_cast({{ value }} as hugeint) is not null then {{ bits["hugeint"] }}
            else {{ bits["large"] }} end
    end){{ "," if not loop.last }}
{% endfor %}
from texts
