{# The survivor's id as contact_id of a child table, spelled as contacts spell it where the column can hold that. #}
{% macro survivor_id(redirects, type) -%}
{%- if type == "UUID" -%}
{{ redirects }}.survivor_key
{%- else -%}
cast({{ redirects }}.survivor_id as {{ type }})
{%- endif -%}
{%- endmacro %}
