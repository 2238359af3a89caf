{# What counts as a value (SEMANTICS.md, 'Folding'): one predicate per kind of type. White space is one explicit class,
   equal to Python's str.isspace, for every engine's trim means something else. A first character that is visible settles it. #}
{% macro filled(column, kind) -%}
{%- if kind == "text" -%}
case
    when ascii({{ column }}) between 33 and 126 then true
    else regexp_matches(  {# rule: white-space #}
        {{ column }},
        '[^\x{0009}-\x{000D}\x{001C}-\x{0020}\x{0085}\x{00A0}\x{1680}\x{2000}-\x{200A}\x{2028}\x{2029}\x{202F}\x{205F}\x{3000}]'
    )
end
{%- elif kind == "float" -%}
({{ column }} is not null and not isnan({{ column }}))  {# rule: nan-is-empty #}
{%- elif kind == "list" -%}
array_length({{ column }}) > 0  {# rule: empty-list #}
{%- elif kind == "map" -%}
cardinality({{ column }}) > 0  {# rule: empty-map #}
{%- else -%}
{{ column }} is not null
{%- endif -%}
{%- endmacro %}
{% macro value(column, kind) -%}
case when {{ filled(column, kind) }} then {{ column }} end
{%- endmacro %}
{# A text without white space around it, of the same class. #}
{% macro white() -%}
[\x{0009}-\x{000D}\x{001C}-\x{0020}\x{0085}\x{00A0}\x{1680}\x{2000}-\x{200A}\x{2028}\x{2029}\x{202F}\x{205F}\x{3000}]+
{%- endmacro %}
{% macro stripped(text) -%}
regexp_replace({{ text }}, '^{{ white() }}|{{ white() }}$', '', 'g')
{%- endmacro %}
{% macro iso(instant) -%}
strftime(timezone('UTC', {{ instant }}), '%Y-%m-%dT%H:%M:%S')
    || case
        when date_part('microsecond', {{ instant }}) % 1000000 = 0 then ''
        else strftime(timezone('UTC', {{ instant }}), '.%f')
    end
    || 'Z'
{%- endmacro %}
{# The later of a system time of the raw row and the time of the merge, in the column's type (docs/semantics.md, 'Time').
   A type that counts nanoseconds reaches from 1677 to 2262. #}
{% macro later(column, type, instant) -%}
{%- if type == "VARCHAR" -%}
case when coalesce(try_cast({{ column }} as timestamptz) > {{ instant }}, false) then {{ column }} else {{ iso(instant) }} end
{%- elif type == "TIMESTAMP WITH TIME ZONE" -%}
greatest({{ column }}, {{ instant }})
{%- elif "_NS" in type -%}
greatest(
    {{ column }},
    cast(greatest(timestamp '1677-09-22', least(timestamp '2262-04-11', timezone('UTC', {{ instant }}))) as {{ type }})
)
{%- elif type == "DATE" or type.startswith("TIMESTAMP") -%}
greatest({{ column }}, cast(timezone('UTC', {{ instant }}) as {{ type }}))
{%- else -%}
{{ column }}
{%- endif -%}
{%- endmacro %}
