{# The survivor's id as contact_id of a child table, spelled as contacts spell it where the column can hold that. #}
{% macro survivor_id(homes, type) -%}
{%- if type == "UUID" -%}
{{ homes }}.survivor_key
{%- else -%}
cast({{ homes }}.survivor_id as {{ type }})
{%- endif -%}
{%- endmacro %}
